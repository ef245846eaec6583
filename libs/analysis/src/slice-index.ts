import type { JsonObject } from "@rollerblade/abids";
import {
  enclosing,
  type ScanFacts,
  type SliceFacts,
  type SliceRef,
  sliceKey,
  sliceOfScan,
} from "@rollerblade/abids/facts";
import type { ReadScope } from "./readable-field.ts";

/** What is known of every subject, session and scan of a slice, by {@link sliceKey}. */
export type SliceIndex = {
  readonly scans: ReadonlyMap<string, ScanFacts>;
  readonly subjects: ReadonlyMap<string, JsonObject>;
  readonly sessions: ReadonlyMap<string, JsonObject>;
};

/** Reads the scans of a slice once, so that each of its files finds its subject without a search. */
export const indexOfSlice = ({ scans }: SliceFacts): SliceIndex => {
  const index = {
    scans: new Map<string, ScanFacts>(),
    subjects: new Map<string, JsonObject>(),
    sessions: new Map<string, JsonObject>(),
  };
  for (const scan of scans) {
    const slice = sliceOfScan(scan);
    index.scans.set(sliceKey(slice), scan);
    index.subjects.set(keyAt(slice, "subject"), scan.subjectAttributes);
    index.sessions.set(keyAt(slice, "session"), scan.sessionAttributes);
  }
  return index;
};

/** Everything that can be read of the part of a dataset that a file belongs to. */
export const scopeOf = (slice: SliceRef, index: SliceIndex): ReadScope => ({
  dataset: slice.dataset,
  subject: slice.subject,
  session: slice.session,
  subjectAttributes: index.subjects.get(keyAt(slice, "subject")) ?? {},
  sessionAttributes: index.sessions.get(keyAt(slice, "session")) ?? {},
  scan: index.scans.get(sliceKey(slice)) ?? null,
});

const keyAt = (slice: SliceRef, level: "subject" | "session"): string => {
  const outer = enclosing(slice, level);
  return outer === undefined ? "" : sliceKey(outer);
};
