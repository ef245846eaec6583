/** Writes a count with its noun: `1 scan`, `2 scans`. */
export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;
