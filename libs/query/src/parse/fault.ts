import { Problem } from "@rollerblade/errors";

/** Line and column of an offset, both from 1. */
const positionOf = (source: string, offset: number): { line: number; column: number } => {
  const before = source.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
};

/** The problem of an expression that cannot be used: what is wrong, where in the source, and what to write instead. */
export const faultIn = (source: string, offset: number, message: string, next?: string): Problem => {
  const { line, column } = positionOf(source, offset);
  const advice = next === undefined ? "" : `; ${next}`;
  return new Problem({
    code: "invalid",
    message: `${message} (line ${line}, column ${column})${advice}`,
    subject: source,
    next,
    findings: [{ where: `${line}:${column}`, message: `${message}${advice}` }],
  });
};

/** Throws a fault at an offset of the expression that is being parsed. */
export type Refuse = (at: { readonly start: number }, message: string, next?: string) => never;

/** A `Refuse` for one source. */
export const refuseIn =
  (source: string): Refuse =>
  (at, message, next) => {
    throw faultIn(source, at.start, message, next);
  };
