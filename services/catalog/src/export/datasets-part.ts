import type { JsonObject } from "@rollerblade/abids";
import type { DownloadFile } from "@rollerblade/client";
import { bound, fragment } from "@rollerblade/query";
import { inWords } from "../query/question.ts";
import { cutFile, type Kept, type Table } from "./cut-file.ts";
import { cutWhileFits } from "./cut-while-fits.ts";
import { isOfFound } from "./derived-files.ts";
import { type HandoutTools, inline, jsonBytes } from "./handout.ts";
import { askAbout, type FilesQuery, type Part, type Place } from "./part.ts";
import { provenanceOf } from "./provenance.ts";
import { subsetDescription } from "./subset-description.ts";

/** Of each dataset what makes a valid dataset of the files: tables of subjects, documents, its description. */
export const datasetsPart = async (tools: HandoutTools, query: FilesQuery, [after, place]: Place): Promise<Part> => {
  const dataset = place === "" ? await nextDataset(tools, query, after) : after;
  if (dataset === null) return { items: [], next: null };
  const files = await tools.reader.sql<Table[]>`
    select dataset, path, size, sha256, kind from catalog.files
    where dataset = ${dataset} and folder in ('', 'phenotype') and path > ${place}
      and kind in ('participants', 'samples', 'sessions', 'scans', 'phenotype', 'document') order by path`;
  const subjects = await subjectsFound(tools, query, dataset);
  const kept: Kept = { subjects, sessions: new Set(), paths: new Set() };
  const { items, rest } = await cutWhileFits(files, (file) => cutFile(tools, file, kept));
  if (rest !== null) return { items, next: rest };
  items.push(await description(tools, query, dataset));
  if (query.derivatives) items.push(...(await provenance(tools, query, dataset)));
  return { items, next: [dataset, ""] };
};

const nextDataset = async (tools: HandoutTools, query: FilesQuery, after: string): Promise<string | null> => {
  const [row] = await askAbout<{ dataset: string }>(
    tools,
    query,
    (found) => fragment`
      select found.dataset from ${found} where found.dataset > ${bound(after, "text")} order by found.dataset limit 1`,
  );
  return row?.dataset ?? null;
};

const subjectsFound = async (tools: HandoutTools, query: FilesQuery, dataset: string): Promise<Set<string>> => {
  const rows = await askAbout<{ subject: string }>(
    tools,
    query,
    (found) => fragment`select distinct found.subject from ${found} where found.dataset = ${bound(dataset, "text")}`,
  );
  return new Set(rows.map(({ subject }) => subject));
};

const description = async (
  { reader: { sql } }: HandoutTools,
  query: FilesQuery,
  dataset: string,
): Promise<DownloadFile> => {
  const [row] = await sql<{ description: JsonObject; updatedAt: Date }[]>`
    select description, updated_at from catalog.datasets where name = ${dataset}`;
  const known = row !== undefined && Object.keys(row.description).length > 0 ? row.description : null;
  const part = subsetDescription(known, {
    dataset,
    url: new URL(`/v1/datasets/${dataset}`, query.publicUrl).href,
    version: row?.updatedAt.toISOString() ?? "",
    asked: askedFor(query),
  });
  return inline(dataset, "dataset_description.json", jsonBytes(part));
};

const askedFor = ({ selection, level }: FilesQuery): string =>
  selection.kind === "pin"
    ? `what ${selection.pin.query}@${selection.pin.pin} pinned`
    : inWords(selection.expression, level);

const provenance = async (tools: HandoutTools, query: FilesQuery, dataset: string): Promise<DownloadFile[]> => {
  const rows = await askAbout<{ path: string }>(
    tools,
    query,
    (found) => fragment`
      select derivative.path from catalog.derivatives derivative
      where derivative.dataset = ${bound(dataset, "text")} and ${isOfFound(query.mayRead, found)}`,
  );
  return provenanceOf(tools, dataset, new Set(rows.map(({ path }) => path)));
};
