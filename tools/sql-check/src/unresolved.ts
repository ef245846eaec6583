/** Why a part of a statement cannot be written without running the program. */
export class Unresolved extends Error {}
