import type { ReadableDatasets } from "../datasets/readable-datasets.ts";
import { type Derived, withDescriptions } from "./derived-files.ts";
import { type Handout, type HandoutTools, inline, jsonBytes, linked } from "./handout.ts";
import { type Part, type Parts, type Place, pageOfParts, partOf } from "./part.ts";
import { provenanceOf } from "./provenance.ts";
import { plainDescription } from "./subset-description.ts";

/** A whole dataset, for somebody who may read it. */
export type ExportQuery = {
  readonly dataset: string;
  readonly derivatives: boolean;
  readonly mayRead: ReadableDatasets;
  readonly limit: number;
};

type Work = (tools: HandoutTools, query: ExportQuery, after: Place) => Promise<Part>;

const rawPart: Work = async ({ reader: { sql }, objects }, { dataset, limit }, [, path]) => {
  const rows = await sql<Handout[]>`
    select dataset, path, size, sha256 from catalog.files
    where dataset = ${dataset} and path > ${path} order by path limit ${limit + 1}`;
  const { page, next } = partOf(rows, limit);
  return { items: await Promise.all(page.map((file) => linked(objects, file))), next };
};

/** A dataset that came without a description gets the least that BIDS requires. */
const descriptionPart: Work = async ({ reader: { sql } }, { dataset }) => {
  const path = "dataset_description.json";
  const there = await sql`select from catalog.files where dataset = ${dataset} and path = ${path}`;
  const items = there.length > 0 ? [] : [inline(dataset, path, jsonBytes(plainDescription(dataset)))];
  return { items, next: null };
};

const derivativesOf = ({ reader: { sql } }: HandoutTools, { dataset, mayRead }: ExportQuery) => sql`
  catalog.derivatives where dataset = ${dataset} and state = 'in-force' and not outdated
    ${mayRead === "all" ? sql`` : sql`and datasets <@ ${[...mayRead]}::text[]`}`;

const derivedPart: Work = async (tools, query, [, path]) => {
  const rows = await tools.reader.sql<Derived[]>`
    select dataset, path, size, sha256, extension from ${derivativesOf(tools, query)} and path > ${path}
    order by path limit ${query.limit + 1}`;
  const { page, next } = partOf(rows, query.limit);
  return { items: await withDescriptions(tools, page), next };
};

const provenancePart: Work = async (tools, query) => {
  const rows = await tools.reader.sql<{ path: string }[]>`select path from ${derivativesOf(tools, query)}`;
  return { items: await provenanceOf(tools, query.dataset, new Set(rows.map(({ path }) => path))), next: null };
};

const raw: Parts<ExportQuery> = [
  ["raw", rawPart],
  ["description", descriptionPart],
];
const whole: Parts<ExportQuery> = [...raw, ["derived", derivedPart], ["provenance", provenancePart]];

/** Derivatives in force that are not handed out, since what they were made from has changed. */
const countOutdated = async ({ reader: { sql } }: HandoutTools, { dataset, mayRead }: ExportQuery): Promise<number> => {
  const [row] = await sql<{ outdated: number }[]>`
    select count(*)::int8 as outdated from catalog.derivatives where dataset = ${dataset} and state = 'in-force' and outdated
      ${mayRead === "all" ? sql`` : sql`and datasets <@ ${[...mayRead]}::text[]`}`;
  return row?.outdated ?? 0;
};

/** One page of a whole dataset, every byte as it came: raw files, then derivatives with what describes them. */
export const exportDataset = async (tools: HandoutTools, query: ExportQuery, after: string | undefined) => ({
  ...(await pageOfParts(query.derivatives ? whole : raw, tools, query, after)),
  outdated: query.derivatives && after === undefined ? await countOutdated(tools, query) : null,
});
