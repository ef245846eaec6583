import { Problem } from "@rollerblade/errors";
import type { ReactNode } from "react";
import { NotFound } from "./not-found.tsx";
import { ProblemNote } from "./problem-note.tsx";
import { Waiting } from "./waiting.tsx";

/** What TanStack Query knows of one answer. */
export type Asked<T> = {
  readonly data: T | undefined;
  readonly error: Error | null;
  readonly failureReason: Error | null;
};

/**
 * Shows an answer when it is there. An answer that cannot be read anew, because a service is away, stays, with a note above; where there is no
 * answer at all, the note stands alone.
 */
export const Answer = <T,>({
  asked: { data, error, failureReason },
  isPart = false,
  children,
}: {
  readonly asked: Asked<T>;
  /** Whether there is a page around it: what is not there is then said in its place. @default false */
  readonly isPart?: boolean;
  readonly children: (data: T) => ReactNode;
}) => {
  if (data === undefined) {
    if (!isPart && error instanceof Problem && error.code === "not-found") return <NotFound />;
    return <Waiting problem={error ?? failureReason} />;
  }
  return (
    <>
      {(error ?? failureReason) !== null && <ProblemNote problem={error ?? failureReason ?? new Error("unknown")} />}
      {children(data)}
    </>
  );
};
