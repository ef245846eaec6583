/** How the finding of a table begins that keeps rows of the dataset which the imported one does not list. */
export const keepsRows = (count: number): string =>
  `keeps ${count} ${count === 1 ? "row" : "rows"} that the source does not have`;

const keepsSomeRows = /^keeps [0-9]+ rows? that the source does not have/;

/** How the finding of a file begins that is kept out, because its subject was deleted from the dataset. */
export const deletedSubject = "was deleted from this dataset";
/** How the finding of a table begins whose lines of such subjects are kept out. */
export const deletedLines = "has lines of subjects that were deleted from this dataset";

/** Whether a finding states a difference that is meant: an import adds, and what was deleted stays away. */
export const isMeant = (message: string): boolean =>
  keepsSomeRows.test(message) || message.startsWith(deletedSubject) || message.startsWith(deletedLines);
