import type { ProblemCode } from "@rollerblade/errors";

/** What the command line's exit codes mean, as `--help` and docs/reference/cli.md list them. */
export const exitCodes = {
  0: "done",
  1: "something unexpected went wrong; with `dataset check`: BIDS forbids what was found",
  2: "the command was not understood",
  3: "the server, or a part of it, does not answer or asks to wait",
  4: "what was named does not exist, or you may not see it",
  5: "what was given is not valid, and nothing of it was done",
  6: "the token is missing, unknown or not sufficient",
  7: "it conflicts with what is there",
  8: "everything was done, and some of it failed: tasks, checks",
  130: "interrupted",
} as const satisfies Readonly<Record<number, string>>;

/** One of the documented exit codes. */
export type ExitCode = keyof typeof exitCodes;

const byProblem = {
  internal: 1,
  unavailable: 3,
  "too-many-requests": 3,
  "not-found": 4,
  invalid: 5,
  "method-not-allowed": 5,
  "too-large": 5,
  unauthenticated: 6,
  forbidden: 6,
  conflict: 7,
  "precondition-failed": 7,
  "key-reused": 7,
  cancelled: 130,
} as const satisfies Record<ProblemCode, ExitCode>;

/** The exit code of a problem. */
export const exitCodeOf = (code: ProblemCode): ExitCode => byProblem[code];
