import type { DownloadFile } from "@rollerblade/client";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";
import { keyOf } from "../indexing/verify-object.ts";
import type { Condition } from "../query/statement.ts";
import { type Handout, type HandoutTools, linked, unrecorded } from "./handout.ts";

/** A derivative, as far as it is handed out. */
export type Derived = Handout & { readonly extension: string };

/** Derivatives `d` in force that somebody may read; values are bound from `$first` on. */
export const readableInForce = (readable: ReadableDatasets, first: number): Condition =>
  readable === "all"
    ? { text: "d.state = 'in-force'", values: [] }
    : { text: `d.state = 'in-force' and d.datasets <@ $${first}::text[]`, values: [[...readable]] };

/** Those of them that lie in a slice of the scans found, or that these lie in: by level, so that an index helps with each. */
export const foundDerivatives = (readable: ReadableDatasets, found: string, first: number): Condition => {
  const { text, values } = readableInForce(readable, first);
  const levels = [
    ["scan", " and f.path = d.scan"],
    ["session", " and f.subject = d.subject and f.session = coalesce(d.session, '')"],
    ["subject", " and f.subject = d.subject"],
    ["dataset", ""],
  ] as const;
  const ofLevel = levels.map(
    ([level, same]) => `(d.level = '${level}' and exists (select from ${found} where f.dataset = d.dataset${same}))`,
  );
  return { text: `${text} and (${ofLevel.join(" or ")})`, values };
};

/** The statement of one page of derivatives behind a place, which is bound to `$first` and the next. */
export const derivedRows = (condition: string, first: number, limit: number): string =>
  `select d.dataset, d.path, d.size, d.sha256, d.extension from catalog.derivatives d
   where (d.dataset, d.path) > ($${first}::text, $${first + 1}::text) and ${condition}
   order by d.dataset, d.path limit ${limit}`;

/** Derivatives with their sidecars, and the descriptions that make derivative datasets of their folders. */
export const withDescriptions = async (
  { objects }: HandoutTools,
  page: readonly Derived[],
): Promise<DownloadFile[]> => {
  const places = new Map<string, { dataset: string; path: string }>();
  for (const { dataset, path, extension } of page) {
    const sidecar = extension === ".json" ? [] : [`${path.slice(0, path.length - extension.length)}.json`];
    for (const one of [...sidecar, `${folderOfDerived(path)}/dataset_description.json`])
      places.set(keyOf(dataset, one), { dataset, path: one });
  }
  const beside = await Promise.all([...places.values()].map((one) => unrecorded(objects, one.dataset, one.path)));
  return Promise.all([...page, ...beside.flat()].map((file) => linked(objects, file)));
};

/** The derivative dataset that a derivative lies in. */
export const folderOfDerived = (path: string): string => path.split("/").slice(0, 2).join("/");
