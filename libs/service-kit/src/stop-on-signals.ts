/**
 * Waits for SIGTERM or SIGINT, then stops; a second signal ends the process at once.
 * @param stop what a graceful end means here
 * @returns when all is stopped
 */
export const stopOnSignals = async (
  stop: () => Promise<void>,
  print: (text: string) => void = () => {},
): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    signals += 1;
    if (signals > 1) process.exit(signal === "SIGINT" ? 130 : 143);
    print("Stopping; work in progress is finished first. Press again to end at once.");
    resolve(signal);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  await promise;
  await stop();
};
