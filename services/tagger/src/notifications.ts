/** Channels by which transactions trigger the periodic work of the tagger: a row that is to be settled, a value that is to be read. */
export const channels = { settle: "rollerblade_tagger_settle", read: "rollerblade_tagger_read" } as const;
