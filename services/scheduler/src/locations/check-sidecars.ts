import { text } from "node:stream/consumers";
import type { JsonObject } from "@rollerblade/abids";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import type { Origin } from "@rollerblade/analysis";
import { columnsOf, recordset, type Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { ObjectHead, ObjectStore } from "@rollerblade/object-store";
import pLimit from "p-limit";
import { namesTable } from "../tables.gen.ts";
import { sidecarText } from "./sidecar-text.ts";

/** What checking sidecars needs. */
type SidecarReader = { readonly sql: Sql; readonly objects: Pick<ObjectStore, "heads" | "get"> };

/** The name of a file in a dataset. */
type Place = { readonly dataset: string; readonly path: string };

/** A published derivative with what its sidecar is written from. */
type Described = Origin & {
  readonly path: string;
  readonly analysis: string;
  readonly version: string;
  readonly sidecar: string;
  readonly output: string;
  readonly metadata: JsonObject | null;
  /** When the derivative was recorded, after its sidecar had been put. */
  readonly createdAt: Date;
};

/** Sidecars that are read at once. */
const concurrentReads = 32;

/**
 * Finds the places whose sidecar is gone or is not the text that was published: what nobody can tell the origin of is not in place. As
 * with contents, size and time of change answer that for most of them; only a sidecar that was touched after its derivative was recorded
 * is read.
 * @returns `<dataset>/<path>` of each
 */
export const placesMisdescribed = async (
  { sql, objects }: SidecarReader,
  places: readonly Place[],
): Promise<ReadonlySet<string>> => {
  if (places.length === 0) return new Set();
  const described = await sql<Described[]>`
    select derivative.dataset, derivative.path, derivative.sidecar, derivative.analysis, derivative.version, derivative.output,
      derivative.metadata, derivative.sources, derivative.parameters, derivative.key, derivative.created_at
    from ${recordset(sql, columnsOf(namesTable, "dataset", "path"), places)} as wanted
    join scheduler.names as name using (dataset, path)
    join scheduler.derivatives as derivative on derivative.id = name.derivative
    where derivative.sidecar is not null`;
  const heads = await objects.heads(described.map(keyOf));
  const limit = pLimit(concurrentReads);
  const wrong = await Promise.all(
    described.map((one) => limit(async () => !(await isAsPublished({ sql, objects }, one, heads.get(keyOf(one)))))),
  );
  return new Set(described.filter((_, index) => wrong[index]).map(({ dataset, path }) => `${dataset}/${path}`));
};

const keyOf = ({ dataset, sidecar }: Described): string => datasetKey(dataset, sidecar);

const isAsPublished = async (
  { sql, objects }: SidecarReader,
  described: Described,
  head: ObjectHead | undefined,
): Promise<boolean> => {
  if (head === undefined) return false;
  const published = await sidecarText(sql, described, described, described.output, described.metadata);
  // An analysis that is unknown here: there is nothing to compare with.
  if (published === null) return true;
  if (head.size !== Buffer.byteLength(published)) return false;
  if (head.modified <= described.createdAt) return true;
  return (await textOf(objects, keyOf(described))) === published;
};

const textOf = async (objects: Pick<ObjectStore, "get">, key: string): Promise<string | null> => {
  try {
    return await text(await objects.get(key));
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") return null;
    throw error;
  }
};
