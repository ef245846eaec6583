import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Sql } from "@rollerblade/database";
import { draw, fileRows, type Session, scanRows, sessionRows, subjectRow } from "./one-subject.ts";

/** How large the generated catalog is: twenty datasets, the largest with a fifth of everything. */
const shares = [200, 100, 80, 70, 60, 60, 50, 50, 50, 50, 40, 40, 40, 30, 20, 20, 20, 10, 5, 5] as const;

/** A dataset of the generated catalog. */
export type GeneratedDataset = { readonly name: string; readonly subjects: number };

/** Datasets that together have about so many files: 32 a subject. */
const generatedDatasets = (files: number): GeneratedDataset[] =>
  shares.map((share, index) => ({
    name: `study-${String(index + 1).padStart(2, "0")}`,
    subjects: Math.max(1, Math.round((files * share) / 1_000 / 32)),
  }));

const escaped = (value: unknown): string => {
  if (value === null || value === undefined) return "\\N";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.replaceAll("\\", "\\\\").replaceAll("\t", "\\t").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
};

/** Rows by COPY; the columns are those of the first row. */
const copy = async (sql: Sql, table: string, columns: readonly string[], rows: Iterable<Record<string, unknown>>) => {
  const chunks = function* (): Generator<string> {
    let chunk: string[] = [];
    for (const row of rows) {
      chunk.push(columns.map((column) => escaped(row[column])).join("\t"));
      if (chunk.length < 500) continue;
      yield `${chunk.join("\n")}\n`;
      chunk = [];
    }
    if (chunk.length > 0) yield `${chunk.join("\n")}\n`;
  };
  await sql.begin(async (tx) => {
    const target = await tx.unsafe(`copy catalog.${table} (${columns.join(", ")}) from stdin`).writable();
    await pipeline(Readable.from(chunks()), target);
  });
};

const sessionsOf = function* ({ name, subjects }: GeneratedDataset): Generator<Session> {
  for (let index = 1; index <= subjects; index += 1)
    for (const session of ["baseline", "followup"])
      yield { dataset: name, subject: String(index).padStart(5, "0"), session };
};

const scansOf = function* (dataset: GeneratedDataset): Generator<Record<string, unknown>> {
  for (const session of sessionsOf(dataset)) yield* scanRows(session);
};

const filesOf = function* (dataset: GeneratedDataset): Generator<Record<string, unknown>> {
  for (const scan of scansOf(dataset)) yield* fileRows(scan);
};

const subjectsOf = function* ({ name, subjects }: GeneratedDataset): Generator<Record<string, unknown>> {
  for (let index = 1; index <= subjects; index += 1) yield subjectRow(name, String(index).padStart(5, "0"));
};

const masksOf = function* (dataset: GeneratedDataset): Generator<Record<string, unknown>> {
  for (const scan of scansOf(dataset)) {
    if (scan.suffix !== "T1w" || draw("mask", String(scan.path)) > 0.6) continue;
    const path = `derivatives/brain-mask-1.2.0/${String(scan.path).replace("_T1w.nii.gz", "_desc-brain_mask.nii.gz")}`;
    const hash = createHash("sha256").update(`${dataset.name}/${path}`).digest("hex");
    yield {
      ...{
        id: `${hash.slice(0, 8)}-${hash.slice(8, 12)}-7${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`,
      },
      ...{ dataset: scan.dataset, path, analysis: "brain-mask", version: "1.2.0", parameters_hash: "", output: "mask" },
      ...{ key: hash, level: "scan", subject: scan.subject, session: scan.session, scan: scan.path, entities: {} },
      ...{
        datatype: "anat",
        suffix: "mask",
        extension: ".nii.gz",
        size: 120_000,
        sha256: `sha256:${hash}`,
        sequence: 1,
      },
      ...{ state: "in-force", task: hash, datasets: `{${scan.dataset}}`, revision: 1 },
    };
  }
};

const keysOf = <T>(rows: Iterable<T>): string[] => {
  for (const row of rows) return Object.keys(row ?? {});
  return [];
};

/** Fills the tables of the catalog. Resolves to how many files and scans there are. */
export const fillCatalog = async (sql: Sql, files: number): Promise<{ files: number; scans: number }> => {
  for (const dataset of generatedDatasets(files)) {
    await sql`insert into catalog.datasets (name) values (${dataset.name})`;
    const tables = {
      subjects: subjectsOf,
      sessions: sessionRowsOf,
      scans: scansOf,
      files: filesOf,
      derivatives: masksOf,
    };
    for (const [table, rowsOf] of Object.entries(tables))
      await copy(sql, table, keysOf(rowsOf(dataset)), rowsOf(dataset));
  }
  const [counted] = await sql<{ files: number; scans: number }[]>`
    select (select count(*) from catalog.files)::int as files, (select count(*) from catalog.scans)::int as scans`;
  return counted ?? { files: 0, scans: 0 };
};

const sessionRowsOf = function* (dataset: GeneratedDataset): Generator<Record<string, unknown>> {
  for (const session of sessionsOf(dataset)) yield sessionRows(session);
};
