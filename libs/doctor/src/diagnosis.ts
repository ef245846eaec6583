import { Problem } from "@rollerblade/errors";

/** The result of one check of the doctor. */
export type Diagnosis = {
  /** For example `database` or `rights: create jobs`. */
  readonly check: string;
  /** `warning`: it works, and somebody should know. */
  readonly state: "good" | "warning" | "bad";
  readonly message: string;
  /** How to fix it. */
  readonly next?: string;
};

/** It is as it should be. */
export const good = (check: string, message: string): Diagnosis => ({ check, state: "good", message });

/** It works, and somebody should know. */
export const warning = (check: string, message: string, next: string): Diagnosis => ({
  check,
  state: "warning",
  message,
  next,
});

/** It does not work. */
export const bad = (check: string, message: string, next: string): Diagnosis => ({
  check,
  state: "bad",
  message,
  next,
});

/**
 * The findings of a check that may fail: what it throws is a bad finding, with `next` where the error knows nothing
 * better.
 */
export const examine = async (
  check: string,
  next: string,
  work: () => Promise<readonly Diagnosis[]>,
): Promise<readonly Diagnosis[]> => {
  try {
    return await work();
  } catch (error) {
    const problem = Problem.from(error);
    const message = [problem.message, causeOf(error)].filter((text) => text !== "").join(" ");
    return [bad(check, message.endsWith(".") ? message : `${message}.`, problem.next ?? next)];
  }
};

/** Some libraries leave the message empty and keep all in the cause or in the parts of an AggregateError. */
const causeOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map((one) => String(one)).join("; ");
  if (!(error instanceof Error) || !(error.cause instanceof Error)) return "";
  return error.message.includes(error.cause.message) ? "" : `(${error.cause.message})`;
};
