import type { Attempt, Ending } from "../executor.ts";
import type { AttemptReport } from "./attempt-report.ts";
import { type Place, placeKey } from "./place.ts";

/** An attempt that this process takes care of, from its submission or adoption until its end. */
export type TrackedAttempt = {
  readonly attempt: Attempt;
  /** Settles when the attempt ends. */
  readonly ending: Promise<Ending>;
  /** What the records hold of its place; undefined while that is not known here, null while it is part of no Job. */
  place: Place | null | undefined;
  /** What its Pod reported; null so far. */
  report: AttemptReport | null;
  /** Whether an action is under way, which must end before the next one begins. */
  busy: boolean;
};

/** The attempts that this process takes care of. An attempt that has ended is forgotten at once. */
export type TrackedAttempts = {
  /** Begins to track an attempt. */
  track(attempt: Attempt): TrackedAttempt;
  /** The attempt with this id, while it is tracked. */
  get(id: string): TrackedAttempt | undefined;
  /** The attempt at this index of a Job. */
  at(place: Place): TrackedAttempt | undefined;
  all(): readonly TrackedAttempt[];
  /** Whether an attempt has not ended. */
  has(tracked: TrackedAttempt): boolean;
  /** Notes which index of which Job an attempt is; null when the records know of none. */
  put(tracked: TrackedAttempt, place: Place | null): void;
  /** Notes why an attempt does not run yet; an empty reason says that nothing is in the way. */
  wait(tracked: TrackedAttempt, reason: string): void;
  /** Calls `look` after so many milliseconds, instead of what was set before. At most after ten minutes. */
  lookIn(tracked: TrackedAttempt, ms: number, look: (tracked: TrackedAttempt) => void): void;
  /** Ends an attempt; the second ending of one is ignored. */
  end(tracked: TrackedAttempt, ending: Ending): void;
  /** The reasons that have changed since the last call, by the ids of their attempts. */
  takeReasons(): ReadonlyMap<string, string>;
  /** Stops all timers. */
  stop(): void;
};

/** Longest time that a timer is set for, in milliseconds; the executor looks at every attempt periodically anyway. */
const maxTimerMs = 600_000;

/** Tracks nothing yet. */
export const createTrackedAttempts = (): TrackedAttempts => {
  const byId = new Map<string, TrackedAttempt>();
  const byPlace = new Map<string, TrackedAttempt>();
  const settle = new Map<string, (ending: Ending) => void>();
  const timers = new Map<string, NodeJS.Timeout>();
  /** The last reason of each attempt, and those that nobody has taken yet. */
  const reasons = new Map<string, string>();
  const changed = new Map<string, string>();

  const clear = (id: string): void => {
    clearTimeout(timers.get(id));
    timers.delete(id);
  };
  return {
    track(attempt) {
      const { promise: ending, resolve } = Promise.withResolvers<Ending>();
      const tracked: TrackedAttempt = { attempt, ending, place: undefined, report: null, busy: false };
      byId.set(attempt.id, tracked);
      settle.set(attempt.id, resolve);
      return tracked;
    },
    get: (id) => byId.get(id),
    at: (place) => byPlace.get(placeKey(place)),
    all: () => [...byId.values()],
    has: ({ attempt }) => byId.has(attempt.id),
    put(tracked, place) {
      tracked.place = place;
      if (place !== null) byPlace.set(placeKey(place), tracked);
    },
    wait({ attempt: { id } }, reason) {
      if ((reasons.get(id) ?? "") === reason) return;
      reasons.set(id, reason);
      changed.set(id, reason);
    },
    lookIn(tracked, ms, look) {
      const { id } = tracked.attempt;
      clear(id);
      timers.set(id, setTimeout(() => look(tracked), Math.min(Math.max(0, ms), maxTimerMs)).unref());
    },
    end({ attempt: { id }, place }, ending) {
      clear(id);
      if (!byId.delete(id)) return;
      if (place != null) byPlace.delete(placeKey(place));
      reasons.delete(id);
      changed.delete(id);
      settle.get(id)?.(ending);
      settle.delete(id);
    },
    takeReasons() {
      const taken = new Map(changed);
      changed.clear();
      return taken;
    },
    stop() {
      for (const id of [...timers.keys()]) clear(id);
    },
  };
};
