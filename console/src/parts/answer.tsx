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
  isPage = false,
  children,
}: {
  readonly asked: Asked<T>;
  /** Whether it is all of the page, which then says that there is nothing; in a part of a page that stands in its place. @default false */
  readonly isPage?: boolean;
  readonly children: (data: T) => ReactNode;
}) => {
  if (data === undefined) {
    if (isPage && error instanceof Problem && error.code === "not-found") return <NotFound />;
    return <Waiting problem={error ?? failureReason} />;
  }
  return (
    <>
      {(error ?? failureReason) !== null && <ProblemNote problem={error ?? failureReason ?? new Error("unknown")} />}
      {children(data)}
    </>
  );
};
