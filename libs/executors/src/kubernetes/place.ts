/** One index of a Job: where an attempt runs. */
export type Place = { readonly job: string; readonly index: number };

/** The key of a place in maps. */
export const placeKey = ({ job, index }: Place): string => `${job}/${index}`;
