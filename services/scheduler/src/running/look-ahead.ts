/** Milliseconds of work that are taken ahead, and how many times the machine that may be at most. */
const window = 250;
const most = 4;

/** Decides how much is claimed beyond what fits, from how long attempts take. */
export type LookAhead = {
  /** An attempt took so many milliseconds. */
  ended(milliseconds: number): void;
  /** How many times the machine may be claimed ahead: nothing as long as attempts take longer than a moment. */
  share(): number;
  /** After a claim so many are in hand. */
  claimed(inHand: number): void;
  /** Whether enough has ended since the last claim to make another one worth while. */
  worthClaiming(inHand: number): boolean;
};

/** It begins without looking ahead; a single long attempt ends it for a while. */
export const createLookAhead = (): LookAhead => {
  let average = Number.POSITIVE_INFINITY;
  let full = 0;
  return {
    ended(milliseconds) {
      average = Number.isFinite(average) ? 0.8 * average + 0.2 * milliseconds : milliseconds;
    },
    share: () => (average > window ? 0 : Math.min(most, window / average)),
    claimed(inHand) {
      full = inHand;
    },
    worthClaiming: (inHand) => average > window || inHand <= 0.75 * full,
  };
};
