/**
 * Milliseconds of work that are claimed ahead. A claim and the staging of inputs take some tens of milliseconds, during which short
 * attempts would leave the machine idle; a quarter of a second covers them with ease and is soon worked off.
 */
const aheadMs = 250;

/** How many times the machine may be claimed ahead, however short attempts are: other replicas are to get their part. */
const maxAhead = 4;

/** Weight of the newest attempt in the average: one that takes a minute ends the looking ahead at once, some short ones begin it again. */
const newestWeight = 0.2;

/** A further claim is worth its transaction when a quarter of what was in flight after the last one has ended. */
const refillShare = 0.75;

/** Decides how much is claimed beyond what fits, from how long attempts of one version of an analysis took. */
export type LookAhead = {
  /** Notes that an attempt of this version took so many milliseconds. */
  ended(version: string, milliseconds: number): void;
  /**
   * How many times the machine may be claimed ahead for this version: 0 as long as it is unknown, or its attempts take longer than a
   * moment. Example: for attempts of 100 ms it is 2.5.
   */
  share(version: string): number;
  /** Notes how many attempts are in flight after a claim. */
  claimed(inFlight: number): void;
  /** Whether enough of such attempts have ended since the last claim to make another one worth while. */
  worthClaiming(version: string, inFlight: number): boolean;
};

/** Creates one that knows of no attempts yet, and so does not look ahead. */
export const createLookAhead = (): LookAhead => {
  const averages = new Map<string, number>();
  const average = (version: string): number => averages.get(version) ?? Number.POSITIVE_INFINITY;
  let full = 0;
  return {
    ended(version, milliseconds) {
      const before = averages.get(version) ?? milliseconds;
      averages.set(version, (1 - newestWeight) * before + newestWeight * milliseconds);
    },
    share: (version) => (average(version) > aheadMs ? 0 : Math.min(maxAhead, aheadMs / average(version))),
    claimed(inFlight) {
      full = inFlight;
    },
    worthClaiming: (version, inFlight) => average(version) > aheadMs || inFlight <= refillShare * full,
  };
};
