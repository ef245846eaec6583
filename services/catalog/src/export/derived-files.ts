import { datasetKey } from "@rollerblade/abids/bucket-layout";
import type { DownloadFile } from "@rollerblade/client";
import { bound, fragment, join, raw, type SqlFragment } from "@rollerblade/query";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";
import { type Handout, type HandoutTools, linked, unrecorded } from "./handout.ts";
import { type Place, placeRow } from "./part.ts";

/** A derivative, as far as it is handed out. */
export type Derived = Handout & { readonly extension: string };

/** That a row `derivative` is in force, outdated or not, and that all it was made from may be read. */
const readableInForce = (readable: ReadableDatasets, outdated: boolean): SqlFragment => {
  const inForce = raw(`derivative.state = 'in-force' and derivative.outdated = ${outdated}`);
  return readable === "all"
    ? inForce
    : fragment`${inForce} and derivative.datasets <@ ${bound([...readable], "text[]")}`;
};

/** How a derivative of each level lies to a scan that was found. */
const sameSliceAs = [
  ["scan", raw(" and found.path = derivative.scan")],
  ["session", raw(" and found.subject = derivative.subject and found.session = coalesce(derivative.session, '')")],
  ["subject", raw(" and found.subject = derivative.subject")],
  ["dataset", raw("")],
] as const;

/**
 * That a row `derivative` may be read, is in force, and lies in a slice of the scans found or that these lie in: by level, so
 * that an index helps with each.
 * @param outdated whether it is one that was made from something that has changed since. @default false
 */
export const isOfFound = (readable: ReadableDatasets, found: SqlFragment, outdated = false): SqlFragment => {
  const levels = sameSliceAs.map(
    ([level, same]) =>
      fragment`(derivative.level = '${raw(level)}' and exists (select from ${found} where found.dataset = derivative.dataset${same}))`,
  );
  return fragment`${readableInForce(readable, outdated)} and (${join(levels, " or ")})`;
};

/** The statement of one page of derivatives behind a place. */
export const derivedRows = (condition: SqlFragment, after: Place, limit: number): SqlFragment => fragment`
  select derivative.dataset, derivative.path, derivative.size, derivative.sha256, derivative.extension
  from catalog.derivatives derivative
  where (derivative.dataset, derivative.path) > ${placeRow(after)} and ${condition}
  order by derivative.dataset, derivative.path limit ${raw(String(limit))}`;

/** Derivatives with their sidecars, and the descriptions that make derivative datasets of their folders. */
export const withDescriptions = async (
  { objects }: HandoutTools,
  page: readonly Derived[],
): Promise<DownloadFile[]> => {
  const places = new Map<string, { dataset: string; path: string }>();
  for (const { dataset, path, extension } of page) {
    const sidecar = extension === ".json" ? [] : [`${path.slice(0, path.length - extension.length)}.json`];
    for (const one of [...sidecar, `${folderOfDerived(path)}/dataset_description.json`])
      places.set(datasetKey(dataset, one), { dataset, path: one });
  }
  const beside = await Promise.all([...places.values()].map((one) => unrecorded(objects, one.dataset, one.path)));
  return Promise.all([...page, ...beside.flat()].map((file) => linked(objects, file)));
};

/** The derivative dataset that a derivative lies in. */
export const folderOfDerived = (path: string): string => path.split("/").slice(0, 2).join("/");
