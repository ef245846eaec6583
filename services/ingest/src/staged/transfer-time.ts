/** Limit of the time that one file may take, in milliseconds: a day, in which 100 GB come through at 10 Mbit/s. */
export const maxTransferMs = 24 * 3_600_000;
