import { type BidsName, indexInheritance, mayGoWith, parseName, readIgnoredPath } from "@rollerblade/abids";
import { recordset, type Transaction } from "@rollerblade/database";
import type { FileChanges } from "./apply-files.ts";

/** Subjects and sessions whose attributes are different now. */
export type ChangedAttributes = {
  readonly subjects: readonly string[];
  readonly sessions: readonly { readonly subject: string; readonly session: string }[];
};

type Describing = FileChanges["gone"][number];

const rowsAtOnce = 5_000;

const isDescribing = ({ kind }: Describing): boolean => kind === "companion" || kind === "sidecar";

const candidateOf = ({ path, suffix, extension, entities, subject, session }: Describing): BidsName => ({
  path,
  suffix: suffix ?? "",
  extension: extension ?? "",
  entities,
  subject,
  session,
  datatype: null,
});

/** Paths of indexed scans: of some subjects, or of all of them where a file at the root may speak of any. */
const scansOf = async function* (
  tx: Transaction,
  dataset: string,
  subjects: readonly string[] | null,
): AsyncGenerator<string[]> {
  for (let after = ""; ; ) {
    const rows = await tx<{ path: string }[]>`
      select path from catalog.scans
      where dataset = ${dataset} and path > ${after} ${subjects === null ? tx`` : tx`and subject = any(${[...subjects]}::text[])`}
      order by path limit ${rowsAtOnce}`;
    if (rows.length > 0) yield rows.map(({ path }) => path);
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsAtOnce) return;
    after = last.path;
  }
};

const describedBy = async (tx: Transaction, dataset: string, changed: readonly Describing[]): Promise<string[]> => {
  if (changed.length === 0) return [];
  const index = indexInheritance(changed.map(candidateOf));
  const isAffected = (path: string): boolean => {
    const parsed = parseName(path);
    return parsed.ok && index.of(parsed.name).companions.length > 0;
  };
  const subjects = changed.map(({ subject }) => subject);
  const some = subjects.every((subject) => subject !== null) ? [...new Set(subjects)] : null;
  const found: string[] = [];
  for await (const paths of scansOf(tx, dataset, some)) found.push(...paths.filter(isAffected));
  return found;
};

/** Scans that ignored files which came, changed or went may go with. */
const besideIgnored = async (tx: Transaction, dataset: string, changed: readonly Describing[]): Promise<string[]> => {
  const ignored = changed.flatMap(({ kind, path }) => (kind === "ignored" ? (readIgnoredPath(path) ?? []) : []));
  if (ignored.length === 0) return [];
  const bySubject = Map.groupBy(ignored, ({ subject }) => subject);
  const isBeside = (path: string): boolean => {
    const parsed = parseName(path);
    if (!parsed.ok || parsed.name.subject === null) return false;
    const { subject, session, entities } = parsed.name;
    return (bySubject.get(subject) ?? []).some((file) => mayGoWith(file, { subject, session, entities }));
  };
  const found: string[] = [];
  for await (const paths of scansOf(tx, dataset, [...bySubject.keys()])) found.push(...paths.filter(isBeside));
  return found;
};

const scansWith = async (
  tx: Transaction,
  dataset: string,
  { subjects, sessions }: ChangedAttributes,
): Promise<string[]> => {
  if (subjects.length === 0 && sessions.length === 0) return [];
  const rows = await tx<{ path: string }[]>`
    select path from catalog.scans where dataset = ${dataset} and subject = any(${[...subjects]}::text[])
    union
    select s.path from catalog.scans s
    join ${recordset(
      tx,
      { subject: "text", session: "text" },
      sessions.map(({ subject, session }) => ({ subject, session })),
    )} as c
      on s.subject = c.subject and s.session = c.session
    where s.dataset = ${dataset}`;
  return rows.map(({ path }) => path);
};

/** Scans that may look different after a change: whose images came, changed or went, what sidecars and tables speak of, and what ignored files go with. */
export const affectedScans = async (
  tx: Transaction,
  dataset: string,
  { written, gone }: FileChanges,
  attributes: ChangedAttributes,
): Promise<string[]> => {
  const changed = [...written, ...gone];
  const direct = changed.flatMap(({ scan }) => (scan === null ? [] : [scan]));
  const described = await describedBy(tx, dataset, changed.filter(isDescribing));
  const beside = await besideIgnored(tx, dataset, changed);
  return [...new Set([...direct, ...described, ...beside, ...(await scansWith(tx, dataset, attributes))])];
};
