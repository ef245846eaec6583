const started = Date.now();

/** Prints what is being done to standard error, behind the seconds since the program started. */
export const printProgress = (text: string): void => {
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}\n`);
};
