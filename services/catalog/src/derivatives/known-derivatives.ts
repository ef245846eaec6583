import { recordset, type Transaction } from "@rollerblade/database";
import type { Created } from "./created.ts";
import { type Holder, nameOf } from "./decide-states.ts";

/** Those that are not known yet; each is announced once, but its event may come under several ids. */
export const onlyNew = async (tx: Transaction, created: readonly Created[]): Promise<Created[]> => {
  const byId = new Map(created.map((one) => [one.facts.id, one]));
  const rows = await tx<
    { id: string }[]
  >`select id from catalog.derivatives where id = any(${[...byId.keys()]}::uuid[])`;
  for (const { id } of rows) byId.delete(id);
  return [...byId.values()];
};

const placeOf = ({ facts: { dataset, path } }: Created) => ({ dataset, path });

/** Derivatives in force that hold the names of these, by name. */
export const holdersOf = async (tx: Transaction, created: readonly Created[]): Promise<Map<string, Holder>> => {
  const rows = await tx<(Holder & { dataset: string; path: string })[]>`
    select d.id, d.sequence, d.dataset, d.path from catalog.derivatives d
    join ${recordset(tx, { dataset: "text", path: "text" }, created.map(placeOf))} as n
      on d.dataset = n.dataset and d.path = n.path
    where d.state = 'in-force'`;
  return new Map(rows.map((row) => [nameOf(row), row]));
};

/** The last deletion that concerns a subject of a dataset, or null. */
export type DeletedAt = (dataset: string, subject: string | null) => Date | null;

/** When subjects and datasets were deleted: what was made before goes with them, even if its event comes later. */
export const deletedAt = async (tx: Transaction, datasets: readonly string[]): Promise<DeletedAt> => {
  const rows = await tx<{ dataset: string; subject: string | null; at: Date }[]>`
    select dataset, subject, max(requested_at) as at from catalog.deletions where dataset = any(${[...datasets]}::text[]) group by 1, 2`;
  const times = new Map(rows.map(({ dataset, subject, at }) => [JSON.stringify([dataset, subject]), at]));
  return (dataset, subject) => {
    const [whole, one] = [times.get(JSON.stringify([dataset, null])), times.get(JSON.stringify([dataset, subject]))];
    return whole !== undefined && (one === undefined || whole > one) ? whole : (one ?? null);
  };
};
