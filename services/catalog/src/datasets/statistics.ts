import type { Transaction } from "@rollerblade/database";

/** By how much the statistics of a dataset change. */
export type StatisticsChange = {
  readonly subjects?: number;
  readonly sessions?: number;
  readonly scans?: number;
  readonly files?: number;
  readonly bytes?: number;
  readonly derivatives?: number;
  readonly derivativeBytes?: number;
};

/** Makes the dataset known, if it is not. */
export const ensureDataset = async (tx: Transaction, dataset: string): Promise<void> => {
  await tx`insert into catalog.datasets (name) values (${dataset}) on conflict do nothing`;
};

/** Adds to the statistics of a dataset. */
export const addToStatistics = async (tx: Transaction, dataset: string, change: StatisticsChange): Promise<void> => {
  if (Object.values(change).every((value) => value === 0)) return;
  await tx`
    update catalog.datasets set
      subjects = subjects + ${change.subjects ?? 0}, sessions = sessions + ${change.sessions ?? 0}, scans = scans + ${change.scans ?? 0},
      files = files + ${change.files ?? 0}, bytes = bytes + ${change.bytes ?? 0},
      derivatives = derivatives + ${change.derivatives ?? 0}, derivative_bytes = derivative_bytes + ${change.derivativeBytes ?? 0},
      updated_at = now()
    where name = ${dataset}`;
};

/** Forgets subjects that nothing is known of any more. */
export const forgetEmptySubjects = async (tx: Transaction, dataset: string): Promise<void> => {
  await tx`
    delete from catalog.subjects
    where dataset = ${dataset} and scans <= 0 and attributes = '{}' and phenotype = '{}' and samples = '{}'`;
};

/** Forgets sessions that nothing is known of any more. */
export const forgetEmptySessions = async (tx: Transaction, dataset: string): Promise<void> => {
  await tx`
    delete from catalog.sessions
    where dataset = ${dataset} and scans <= 0 and attributes = '{}' and participants = '{}' and phenotype = '{}'`;
};

type Place = { readonly subject: string; readonly session: string };

/** By how many scans each place changes; JSON for one statement. */
const deltas = <K extends string>(
  added: readonly Place[],
  removed: readonly Place[],
  of: (place: Place) => Record<K, string>,
) => {
  const sums = new Map<string, { place: Record<K, string>; scans: number }>();
  const count = (place: Place, by: number): void => {
    const key = JSON.stringify(of(place));
    const sum = sums.get(key) ?? { place: of(place), scans: 0 };
    sum.scans += by;
    sums.set(key, sum);
  };
  for (const place of added) count(place, 1);
  for (const place of removed) count(place, -1);
  const rows = [...sums.values()].filter(({ scans }) => scans !== 0).map(({ place, scans }) => ({ ...place, scans }));
  return { json: JSON.stringify(rows), none: rows.length === 0 };
};

/** How many places got their first scan, less those that lost their last one. */
const balance = (rows: readonly { before: number; after: number }[]): number =>
  rows.reduce((sum, { before, after }) => sum + Number(after > 0) - Number(before > 0), 0);

const countSubjects = async (
  tx: Transaction,
  dataset: string,
  added: readonly Place[],
  removed: readonly Place[],
): Promise<number> => {
  const { json, none } = deltas(added, removed, ({ subject }) => ({ subject }));
  if (none) return 0;
  const rows = await tx<{ before: number; after: number }[]>`
    with delta as (select * from jsonb_to_recordset(${json}::text::jsonb) as r(subject text, scans int))
    insert into catalog.subjects as s (dataset, label, scans) select ${dataset}, subject, scans from delta
    on conflict (dataset, label) do update set scans = s.scans + excluded.scans
    returning s.scans as after, s.scans - (select d.scans from delta d where d.subject = s.label) as before`;
  await forgetEmptySubjects(tx, dataset);
  return balance(rows);
};

const countSessions = async (
  tx: Transaction,
  dataset: string,
  added: readonly Place[],
  removed: readonly Place[],
): Promise<number> => {
  const { json, none } = deltas(added, removed, ({ subject, session }) => ({ subject, session }));
  if (none) return 0;
  const rows = await tx<{ before: number; after: number }[]>`
    with delta as (select * from jsonb_to_recordset(${json}::text::jsonb) as r(subject text, session text, scans int))
    insert into catalog.sessions as s (dataset, subject, label, scans) select ${dataset}, subject, session, scans from delta
    on conflict (dataset, subject, label) do update set scans = s.scans + excluded.scans
    returning s.scans as after,
      s.scans - (select d.scans from delta d where d.subject = s.subject and d.session = s.label) as before`;
  await forgetEmptySessions(tx, dataset);
  return balance(rows);
};

/** Keeps the number of scans of subjects, sessions and the dataset. */
export const countScans = async (
  tx: Transaction,
  dataset: string,
  added: readonly Place[],
  removed: readonly Place[],
): Promise<void> => {
  const subjects = await countSubjects(tx, dataset, added, removed);
  const sessions = await countSessions(tx, dataset, added, removed);
  await addToStatistics(tx, dataset, { subjects, sessions, scans: added.length - removed.length });
};
