import { type SliceFacts, type SliceRef, sliceKey } from "@rollerblade/abids/facts";
import { bound, fragment, type SqlFragment } from "@rollerblade/query";
import { scans } from "./columns.ts";
import type { SliceQuery } from "./question.ts";
import { ask, type Reader } from "./reader.ts";
import { sameSlice } from "./slice-columns.ts";
import { type FoundSlice, where } from "./slice-page.ts";

/** A slice with the paths of the scans that a query matched, which are absent where these are all of its scans. */
export type MatchedSlice = SliceFacts & { readonly matched?: string[] };

/** Adds to slices which of their scans the query matched, so that whoever works on them takes no others. */
export const withMatchedScans = async (
  reader: Reader,
  query: SliceQuery,
  found: readonly FoundSlice[],
  slices: readonly SliceFacts[],
): Promise<MatchedSlice[]> => {
  const matching = new Map(found.map(({ slice, scans: count }) => [sliceKey(slice), count]));
  const parts = slices.filter(({ slice, scans: all }) => matching.get(sliceKey(slice)) !== all.length);
  if (query.level === "scan" || parts.length === 0) return [...slices];
  const matched = await matchedPaths(reader, query, parts);
  return slices.map((one) => (parts.includes(one) ? { ...one, matched: matched(one) } : one));
};

const matchedPaths = async (
  reader: Reader,
  query: SliceQuery,
  slices: readonly SliceFacts[],
): Promise<(slice: SliceFacts) => string[]> => {
  const texts = (of: (slice: SliceRef) => string | null): SqlFragment =>
    bound(
      slices.map(({ slice }) => of(slice) ?? ""),
      "text[]",
    );
  const rows = await ask<{ dataset: string; path: string }>(
    reader,
    fragment`select scan.dataset, scan.path
      from unnest(${texts(({ dataset }) => dataset)}, ${texts(({ subject }) => subject)},
        ${texts(({ session }) => session)}) as wanted(dataset, subject, session)
      join ${scans} on ${sameSlice(query.level, "scan", "wanted")}
      where ${where({ ...query, after: undefined })}`,
  );
  const paths = new Set(rows.map(({ dataset, path }) => `${dataset}/${path}`));
  return (slice) => slice.scans.filter(({ dataset, path }) => paths.has(`${dataset}/${path}`)).map(({ path }) => path);
};
