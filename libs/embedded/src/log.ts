/** The part of a logger that the embedded servers use; pino's fits. */
export type Log = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
};

/** Says nothing; for tests and tools. */
export const silentLog: Log = { info: () => {}, warn: () => {} };
