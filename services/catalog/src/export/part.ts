import type { DownloadFile } from "@rollerblade/client";
import { bound, fragment, type SqlFragment } from "@rollerblade/query";
import { writeCursor } from "@rollerblade/service-kit";
import { readCursor } from "../query/cursor.ts";
import type { PageQuery } from "../query/question.ts";
import { ask } from "../query/reader.ts";
import { foundScans, type Selection } from "./found-scans.ts";
import type { HandoutTools } from "./handout.ts";

/** What is asked for, and what for. */
export type FilesQuery = Omit<PageQuery, "after"> & {
  readonly selection: Selection;
  readonly derivatives: boolean;
  /** Address of the gateway, for what a part says it was taken from. */
  readonly publicUrl: string;
};

/** Where a page of one part ended: a dataset and a path in it, both empty at the beginning. */
export type Place = readonly [dataset: string, path: string];

/** Files of one part of the answer, and where its next page begins. */
export type Part = { readonly items: DownloadFile[]; readonly next: Place | null };

/** Asks for rows about the scans found; the statement names them `found` in the clause that it is given. @throws Problem `too-large` */
export const askAbout = <T extends object>(
  { reader }: HandoutTools,
  query: FilesQuery,
  statement: (found: SqlFragment) => SqlFragment,
): Promise<readonly T[]> => ask<T>(reader, statement(foundScans(query)));

/** A place as the row `(dataset, path)`, to compare with. */
export const placeRow = ([dataset, path]: Place): SqlFragment =>
  fragment`(${bound(dataset, "text")}, ${bound(path, "text")})`;

/** The rows of a page out of one more than was asked for, and where the next one begins. */
export const partOf = <T extends { readonly dataset: string; readonly path: string }>(
  rows: readonly T[],
  limit: number,
): { readonly page: readonly T[]; readonly next: Place | null } => {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { page, next: rows.length > limit && last !== undefined ? [last.dataset, last.path] : null };
};

/** Parts of an answer by name, in the order in which they are handed out. */
export type Parts<Query> = readonly (readonly [
  name: string,
  work: (tools: HandoutTools, query: Query, after: Place) => Promise<Part>,
])[];

/** One page of all parts, one after the other; the cursor names the part at hand and the place in it. @throws Problem `invalid` */
export const pageOfParts = async <Query>(
  parts: Parts<Query>,
  tools: HandoutTools,
  query: Query,
  after: string | undefined,
): Promise<{ items: DownloadFile[]; next: string | null }> => {
  const [name, dataset = "", path = ""] = after === undefined ? [] : readCursor(after, 3);
  const at = Math.max(
    0,
    parts.findIndex(([part]) => part === name),
  );
  const part = parts[at];
  if (part === undefined) return { items: [], next: null };
  const { items, next } = await part[1](tools, query, [dataset, path]);
  if (next !== null) return { items, next: writeCursor([part[0], ...next]) };
  const following = parts[at + 1];
  return { items, next: following === undefined ? null : writeCursor([following[0], "", ""]) };
};
