/** One value and how often it comes, with the address of what has it. */
export type Bar = { readonly label: string; readonly value: number; readonly to?: string };
