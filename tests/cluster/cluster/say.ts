const started = Date.now();

/** Tells the person what is done, with the seconds since the start. */
export const say = (text: string): void => {
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}\n`);
};
