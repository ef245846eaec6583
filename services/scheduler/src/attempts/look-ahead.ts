/** Milliseconds of work that are taken ahead, and how many times the machine that may be at most. */
const window = 250;
const most = 4;

/** Decides how much is claimed beyond what fits, from how long attempts of one version of an analysis took. */
export type LookAhead = {
  /** An attempt of this version took so many milliseconds. */
  ended(version: string, milliseconds: number): void;
  /**
   * How many times the machine may be claimed ahead for this version: nothing as long as it is unknown, or its attempts
   * take longer than a moment.
   */
  share(version: string): number;
  /** After a claim so many are in hand. */
  claimed(inHand: number): void;
  /** Whether enough of such attempts has ended since the last claim to make another one worth while. */
  worthClaiming(version: string, inHand: number): boolean;
};

/** It begins without looking ahead; a single long attempt ends it for a while. */
export const createLookAhead = (): LookAhead => {
  const averages = new Map<string, number>();
  const average = (version: string): number => averages.get(version) ?? Number.POSITIVE_INFINITY;
  let full = 0;
  return {
    ended(version, milliseconds) {
      const before = averages.get(version);
      averages.set(version, before === undefined ? milliseconds : 0.8 * before + 0.2 * milliseconds);
    },
    share: (version) => (average(version) > window ? 0 : Math.min(most, window / average(version))),
    claimed(inHand) {
      full = inHand;
    },
    worthClaiming: (version, inHand) => average(version) > window || inHand <= 0.75 * full,
  };
};
