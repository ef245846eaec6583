import { setTimeout as sleep } from "node:timers/promises";

/** Waits until the check passes. @throws when it has not after so many seconds, with what was awaited */
export const until = async (what: string, check: () => Promise<boolean>, seconds = 60): Promise<void> => {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    if (await check().catch(() => false)) return;
    await sleep(200);
  }
  throw new Error(`${what}: not after ${seconds} seconds`);
};
