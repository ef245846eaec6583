import { datasetFinding, type ReportedFinding } from "@rollerblade/client";
import { lockInTransaction, type Transaction, transaction } from "@rollerblade/database";
import type { Finding } from "@rollerblade/errors";
import type { Ingest } from "../ingest.ts";
import { isMeant } from "./differs-from-source.ts";
import { fingerprintOf, insertFindings } from "./insert-findings.ts";
import { staysCorrected } from "./stays-corrected.ts";

type Committed = {
  readonly id: string;
  readonly dataset: string;
  readonly mode: string;
  readonly findings: readonly Finding[];
  readonly finishedAt: Date;
  /** Whether whoever imported looked through the dataset. */
  readonly reported: boolean;
};

/** What is wrong with one dataset is changed by one at a time. */
export const findingsLock = (dataset: string): string => `ingest/findings/${dataset}`;

/**
 * Makes the reports of imports that were committed since the last time count, in the order in which they were begun.
 * Each is merged once, whoever comes first: what is new was found by its import, what is no longer there was fixed by
 * it.
 */
export const mergeReports = async ({ sql }: Pick<Ingest, "sql">, dataset?: string): Promise<void> => {
  const waiting = await sql<{ dataset: string }[]>`
    select distinct dataset from ingest.imports
    where state = 'committed' and not judged ${dataset === undefined ? sql`` : sql`and dataset = ${dataset}`}`;
  for (const one of waiting)
    await transaction(sql, async (tx) => {
      await lockInTransaction(tx, findingsLock(one.dataset));
      const imports = await tx<Committed[]>`
        select id, dataset, mode, findings, finished_at,
          exists (select from ingest.report_parts p where p.import_id = i.id and p.last) as reported
        from ingest.imports i where dataset = ${one.dataset} and state = 'committed' and not judged order by id`;
      for (const committed of imports) await mergeImport(tx, committed);
    });
};

const mergeImport = async (tx: Transaction, row: Committed): Promise<void> => {
  const findings = await findingsOf(tx, row);
  const prints = findings.map(fingerprintOf);
  // What was added by hand speaks of itself only; without a report nothing is known but what was not imported.
  // A report speaks of what the source has; files that the dataset keeps without it are as they were.
  const isKept = tx`(${row.mode} = 'add' and exists (
    select from ingest.import_files m where m.import_id = ${row.id} and m.path = findings.file and m.gone))`;
  const isNoMore = tx`fingerprint not in (select unnest(${prints}::text[])) and (${row.reported} or rule = any(${ownRules}::text[]))
    and not ${isKept}`;
  if (row.mode !== "upload") {
    // Its report may come after its own findings.
    await tx`delete from ingest.findings where found_by = ${row.id} and ${isNoMore}`;
    await tx`
      update ingest.findings set fixed_by = ${row.id}, fixed_at = ${row.finishedAt}
      where dataset = ${row.dataset} and fixed_by is null and ${isNoMore}`;
  }
  await insertFindings(tx, { id: row.id, dataset: row.dataset, foundAt: row.finishedAt }, findings);
  if (row.reported) await tx`delete from ingest.report_parts where import_id = ${row.id}`;
  await tx`update ingest.imports set judged = true, reported = reported or ${row.reported} where id = ${row.id}`;
};

/** The rule of what ingest itself found. */
const notImported = "not-imported";

/** The rule of a correction that an import with the former value has left in force. */
const corrected = "stays-corrected";

/** The rule of what an import kept although its source has it no longer, or kept out because it was deleted here. */
const differs = "differs-from-source";

/** Rules whose findings an import replaces that was not looked through. */
const ownRules = [notImported, corrected, differs];

/** The findings of reports, and those of ingest itself in files that no report mentions. */
const findingsOf = async (
  tx: Transaction,
  { id, dataset, reported: isReported, findings }: Committed,
): Promise<ReportedFinding[]> => {
  const parts = await tx<{ findings: unknown[] }[]>`
    select findings from ingest.report_parts where import_id = ${id} and ${isReported} order by part`;
  const reported = parts.flatMap((part) => part.findings.map((one) => datasetFinding.parse(one)));
  const before = await tx<{ file: string }[]>`
    select file from ingest.findings
    where dataset = ${dataset} and fixed_by is null and rule <> all(${ownRules}::text[]) and not ${isReported}
      and file = any(${findings.map(({ where }) => where)}::text[])`;
  const reportedFiles = new Set([...reported, ...before].map(({ file }) => file));
  return [...reported, ...findings.filter(({ where }) => !reportedFiles.has(where)).map(ownFinding)];
};

type Judged = Pick<ReportedFinding, "severity" | "rule" | "advice">;

const judged = (message: string): Judged => {
  if (message.startsWith(staysCorrected))
    return {
      severity: "warning",
      rule: corrected,
      advice: "Correct the source, too, or take the correction back with `subject undo`.",
    };
  if (isMeant(message))
    return {
      severity: "warning",
      rule: differs,
      advice:
        "Nothing has to be done: an import adds, and what was deleted stays away. `--mirror` makes it as the source.",
    };
  return { severity: "error", rule: notImported, advice: "Fix it, or name it in .bidsignore, and import again." };
};

/** What ingest found is what kept a file, or a part of one, out, or a difference from the source that is meant. */
const ownFinding = ({ where, message }: Finding): ReportedFinding => ({
  ...judged(message),
  file: where.slice(0, 4_096),
  message: message.slice(0, 4_096),
  section: "",
});
