import type { AuditFault } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";

/** Where the chain begins or ends. */
type Place = { readonly sequence: number; readonly hash: string };
type LinkRow = Place & { readonly previousHash: string; readonly expected: string };

/** What an examination of the chain found. */
export type AuditVerification = {
  readonly rows: number;
  readonly anchor: Place;
  readonly head: Place;
  readonly faults: AuditFault[];
};

/** Rows that are examined by one statement: a second's work for the database. */
const maxRows = 50_000;

/** Faults that are reported; a chain that somebody rewrote would have as many as rows. */
const maxFaults = 100;

/**
 * Examines the chain from its anchor to its head, with one snapshot a page: rows that were added meanwhile are examined too.
 * A row whose hash is not that of its values was changed; where a number or the hash before is missing, rows were removed; a row behind the
 * head, or one that no earlier row leads to, was inserted.
 */
export const verifyAudit = async (sql: Sql): Promise<AuditVerification> => {
  const anchor = await readPlace(sql, "anchor");
  const faults: AuditFault[] = [];
  let rows = 0;
  let last: Place = anchor;
  for (;;) {
    const page: readonly LinkRow[] = await sql<LinkRow[]>`
      select sequence::float8 as sequence, hash, previous_hash, accounts.audit_hash(line) as expected
      from accounts.audit as line where sequence > ${last.sequence} order by sequence limit ${maxRows}`;
    for (const row of page) {
      const fault = faultOf(last, row);
      if (fault !== null && faults.length < maxFaults) faults.push(fault);
      last = row;
    }
    rows += page.length;
    if (page.length < maxRows) break;
  }
  const before = await sql<{ sequence: number }[]>`
    select sequence::float8 as sequence from accounts.audit where sequence <= ${anchor.sequence} order by sequence limit ${maxFaults}`;
  faults.push(...before.map(({ sequence }) => ({ sequence, fault: "inserted" as const })));
  const head = await readPlace(sql, "head");
  return { rows, anchor, head, faults: [...faults, ...(await faultsOfEnd(sql, last, head))].slice(0, maxFaults) };
};

const faultOf = (before: Place, row: LinkRow): AuditFault | null => {
  if (row.sequence !== before.sequence + 1) return { sequence: before.sequence + 1, fault: "missing" };
  if (row.hash !== row.expected) return { sequence: row.sequence, fault: "changed" };
  if (row.previousHash !== before.hash) return { sequence: row.sequence, fault: "inserted" };
  return null;
};

/** What is wrong between the last row that was examined and the end of the chain; rows that came since then are sound by their trigger. */
const faultsOfEnd = async (sql: Sql, last: Place, head: Place): Promise<AuditFault[]> => {
  if (last.sequence > head.sequence) return [{ sequence: last.sequence, fault: "inserted" }];
  if (last.sequence === head.sequence)
    return last.hash === head.hash ? [] : [{ sequence: last.sequence, fault: "changed" }];
  const [next] = await sql`select from accounts.audit where sequence = ${head.sequence} and hash = ${head.hash}`;
  return next === undefined ? [{ sequence: last.sequence + 1, fault: "missing" }] : [];
};

const readPlace = async (sql: Sql, which: "anchor" | "head"): Promise<Place> => {
  const [place] =
    which === "anchor"
      ? await sql<Place[]>`select sequence::float8 as sequence, hash from accounts.audit_anchor`
      : await sql<Place[]>`select sequence::float8 as sequence, hash from accounts.audit_head`;
  // Without the row the chain has no such end, which the comparison with it finds.
  return place ?? { sequence: 0, hash: "" };
};
