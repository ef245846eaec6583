/** A manifest that was imported, with how much of it a person has to look at. */
export type Imported = { readonly name: string; readonly text: string; readonly guesses: number };
