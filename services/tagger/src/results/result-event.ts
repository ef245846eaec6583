import type { Level } from "@rollerblade/abids/facts";
import { type AnyEmission, type Cause, sliceRefToMessage } from "@rollerblade/events";

/** What the announcement of a result needs to know. */
export type Announced = {
  readonly id: string;
  readonly document: string;
  readonly tag: string;
  readonly derivative: string;
  readonly level: Level;
  readonly dataset: string;
  readonly subject: string | null;
  readonly session: string | null;
  readonly scan: string | null;
};

/** Says that a result can be shown. Its id is the event's, so that a result is announced once. */
export const resultTagged = (result: Announced, cause: Cause): AnyEmission => {
  const { id, document, tag, derivative, level, dataset, subject, session, scan } = result;
  const slice = sliceRefToMessage({ level, dataset, subject, session, scan });
  return { topic: "result.tagged", message: { result: id, dataset, document, tag, slice, derivative }, id, cause };
};
