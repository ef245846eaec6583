import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@rollerblade/telemetry";
import type { Advance } from "./advance-attempt.ts";
import type { Places } from "./records.ts";
import type { TrackedAttempt, TrackedAttempts } from "./tracked-attempts.ts";

/** What adopting attempts needs. */
export type AdoptParts = {
  readonly attempts: TrackedAttempts;
  readonly advance: Advance;
  readonly places: Pick<Places, "read">;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** Milliseconds after which records that could not be read are read again. */
const retryMs = 1_000;

/** Takes care of an attempt that an earlier process began: reads where it is, and goes on from there. */
export const adoptAttempt = async (parts: AdoptParts, tracked: TrackedAttempt): Promise<void> => {
  const { attempts, advance, places, log, signal } = parts;
  const { id } = tracked.attempt;
  while (!signal.aborted && attempts.has(tracked)) {
    try {
      const record = await places.read(id);
      // A report that came in meanwhile is not in the record yet.
      tracked.report ??= record?.report ?? null;
      attempts.put(tracked, record?.place ?? null);
      return advance(tracked);
    } catch (error) {
      log.warn({ err: error, attempt: id }, "an attempt cannot be adopted yet");
      await sleep(retryMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }
};
