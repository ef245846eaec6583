import type { Sql } from "@rollerblade/database";

/** Why so many more bytes may not be published in a dataset; null where they may, and then they count. */
export type TakeBytes = (dataset: string, bytes: number) => string | null;

/** How many bytes of derivatives a dataset may hold, in force and archived. */
export type DatasetQuota = {
  /** Reads what these datasets hold, before the transaction that takes more: a sum reads every derivative of a dataset. */
  read(datasets: readonly string[]): Promise<TakeBytes>;
};

type Used = { bytes: number; readonly until: number };

/** Milliseconds for which a sum is believed. Replicas know of each other's publications after that time. */
const believedMs = 60_000;

/** Counts what this replica publishes, beside the sum of what was published when it last looked. */
export const createDatasetQuota = (
  sql: Sql,
  { derivativeBytesPerDataset: limit }: { readonly derivativeBytesPerDataset: number },
): DatasetQuota => {
  const known = new Map<string, Used>();
  const usedOf = async (dataset: string): Promise<Used> => {
    const found = known.get(dataset);
    if (found !== undefined && Date.now() < found.until) return found;
    const used = { bytes: await bytesOf(sql, dataset), until: Date.now() + believedMs };
    known.set(dataset, used);
    return used;
  };
  return {
    async read(datasets) {
      const read = await Promise.all(
        [...new Set(datasets)].map(async (dataset): Promise<[string, Used]> => [dataset, await usedOf(dataset)]),
      );
      const used = new Map(read);
      return (dataset, bytes) => {
        const own = used.get(dataset);
        if (own === undefined) throw new Error(`what ${dataset} holds was not read`);
        if (own.bytes + bytes > limit) return refusal(dataset, bytes, limit - own.bytes, limit);
        own.bytes += bytes;
        return null;
      };
    },
  };
};

const bytesOf = async (sql: Sql, dataset: string): Promise<number> => {
  const [row] = await sql<{ bytes: number }[]>`
    select coalesce(sum(size), 0)::int8 as bytes from scheduler.derivatives
    where dataset = ${dataset} and state <> 'withdrawn'`;
  return row?.bytes ?? 0;
};

const refusal = (dataset: string, bytes: number, left: number, limit: number): string =>
  `the outputs have ${bytes} bytes, and derivatives of ${dataset} may take ${Math.max(0, left)} more of ${limit} in all`;
