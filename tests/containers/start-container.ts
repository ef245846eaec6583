import type { GenericContainer, StartedTestContainer } from "testcontainers";

/** Starts a container. @throws with the last words of one that does not come to work */
export const startContainer = async (what: string, container: GenericContainer): Promise<StartedTestContainer> => {
  const output: string[] = [];
  container.withLogConsumer((stream) => stream.on("data", (chunk) => output.push(String(chunk))));
  try {
    return await container.start();
  } catch (cause) {
    throw new Error(`${what} did not start: ${cause}\n${output.join("").slice(-4_000)}`, { cause });
  }
};

/** Waits for all, also when one fails: nothing may start after the others were given up. @throws the first failure */
export const untilAllStarted = async <T>(starting: readonly Promise<T>[]): Promise<T[]> => {
  await Promise.allSettled(starting);
  return Promise.all(starting);
};
