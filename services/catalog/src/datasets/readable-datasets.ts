/** Names of the datasets that somebody may look into. */
export type ReadableDatasets = "all" | readonly string[];

/** What is both readable and wanted. */
export const within = (readable: ReadableDatasets, wanted: readonly string[] | undefined): ReadableDatasets => {
  if (wanted === undefined) return readable;
  return readable === "all" ? wanted : wanted.filter((name) => readable.includes(name));
};
