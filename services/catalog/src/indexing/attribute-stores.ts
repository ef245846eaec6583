import { insertRecords, type Transaction } from "@rollerblade/database";
import { forgetEmptySessions, forgetEmptySubjects } from "../datasets/statistics.ts";
import { sessionsTable, subjectsTable } from "../tables.gen.ts";
import type { AttributeRow } from "./attribute-rows.ts";

/** Where the rows of one table of a dataset are kept. The dataset must be locked. */
export type AttributeStore = {
  /** The rows that are not empty. */
  readonly read: (tx: Transaction, dataset: string) => Promise<AttributeRow[]>;
  /** Writes rows; an empty value means that the table no longer has the row. */
  readonly write: (tx: Transaction, dataset: string, rows: readonly AttributeRow[]) => Promise<void>;
};

/** The columns of `participants.tsv`, which alone fills `attributes`. */
export const subjectAttributes: AttributeStore = {
  read: (tx, dataset) => tx<AttributeRow[]>`
    select label as subject, '' as session, attributes as value from catalog.subjects
    where dataset = ${dataset} and attributes <> '{}'`,
  write: async (tx, dataset, rows) => {
    const records = rows.map(({ subject, value }) => ({ dataset, label: subject, attributes: value }));
    await insertRecords(tx, subjectsTable, records, {
      onConflict: tx`on conflict (dataset, label) do update set attributes = excluded.attributes`,
    });
    await forgetEmptySubjects(tx, dataset);
  },
};

/** The rows of `samples.tsv`, by the label of the sample. */
export const subjectSamples: AttributeStore = {
  read: (tx, dataset) => tx<AttributeRow[]>`
    select label as subject, '' as session, samples as value from catalog.subjects
    where dataset = ${dataset} and samples <> '{}'`,
  write: async (tx, dataset, rows) => {
    const records = rows.map(({ subject, value }) => ({ dataset, label: subject, samples: value }));
    await insertRecords(tx, subjectsTable, records, {
      onConflict: tx`on conflict (dataset, label) do update set samples = excluded.samples`,
    });
    await forgetEmptySubjects(tx, dataset);
  },
};

/** The columns of `sessions.tsv`: of one subject, or of all where the table lies at the root. */
export const sessionAttributes = (subject: string | null): AttributeStore => ({
  read: (tx, dataset) => tx<AttributeRow[]>`
    select subject, label as session, attributes as value from catalog.sessions
    where dataset = ${dataset} and attributes <> '{}' and (${subject}::text is null or subject = ${subject})`,
  write: async (tx, dataset, rows) => {
    const records = rows.map((row) => ({ dataset, subject: row.subject, label: row.session, attributes: row.value }));
    await insertRecords(tx, sessionsTable, records, {
      onConflict: tx`on conflict (dataset, subject, label) do update set attributes = excluded.attributes`,
    });
    await forgetEmptySessions(tx, dataset);
  },
});

/** The rows of `participants.tsv` that name a session. */
export const sessionParticipants: AttributeStore = {
  read: (tx, dataset) => tx<AttributeRow[]>`
    select subject, label as session, participants as value from catalog.sessions
    where dataset = ${dataset} and participants <> '{}'`,
  write: async (tx, dataset, rows) => {
    const records = rows.map((row) => ({ dataset, subject: row.subject, label: row.session, participants: row.value }));
    await insertRecords(tx, sessionsTable, records, {
      onConflict: tx`on conflict (dataset, subject, label) do update set participants = excluded.participants`,
    });
    await forgetEmptySessions(tx, dataset);
  },
};

/** The part of `phenotype` that one tool fills; nothing where its row is empty. */
const ofTool = (tool: string, { value }: AttributeRow) => (Object.keys(value).length === 0 ? {} : { [tool]: value });

/** The rows of `phenotype/<tool>.tsv` that name no session. */
export const subjectPhenotype = (tool: string): AttributeStore => ({
  read: (tx, dataset) => tx<AttributeRow[]>`
    select label as subject, '' as session, phenotype -> ${tool} as value from catalog.subjects
    where dataset = ${dataset} and phenotype ? ${tool}`,
  write: async (tx, dataset, rows) => {
    const records = rows.map((row) => ({ dataset, label: row.subject, phenotype: ofTool(tool, row) }));
    await insertRecords(tx, subjectsTable, records, {
      onConflict: tx`
        on conflict (dataset, label) do update set phenotype = (subjects.phenotype - ${tool}::text) || excluded.phenotype`,
    });
    await forgetEmptySubjects(tx, dataset);
  },
});

/** The rows of `phenotype/<tool>.tsv` that name a session. */
export const sessionPhenotype = (tool: string): AttributeStore => ({
  read: (tx, dataset) => tx<AttributeRow[]>`
    select subject, label as session, phenotype -> ${tool} as value from catalog.sessions
    where dataset = ${dataset} and phenotype ? ${tool}`,
  write: async (tx, dataset, rows) => {
    const records = rows.map((row) => ({
      dataset,
      subject: row.subject,
      label: row.session,
      phenotype: ofTool(tool, row),
    }));
    await insertRecords(tx, sessionsTable, records, {
      onConflict: tx`
        on conflict (dataset, subject, label)
        do update set phenotype = (sessions.phenotype - ${tool}::text) || excluded.phenotype`,
    });
    await forgetEmptySessions(tx, dataset);
  },
});
