/**
 * Exit code of a staging container that something which is away has kept from its work (`EX_TEMPFAIL` of sysexits.h): the attempt does not
 * count, and another one follows.
 */
export const awayExitCode = 75;
