import type { Sql } from "@rollerblade/database";

/** How many bytes of derivatives a dataset may hold, in force and archived. */
export type DatasetQuota = {
  /** Why so many more bytes may not be published in a dataset; null where they may, and then they count. */
  take(dataset: string, bytes: number): Promise<string | null>;
};

/** Milliseconds for which a sum is believed, since it reads every derivative of the dataset. Replicas know of each other's after that time. */
const believedMs = 60_000;

/** Counts what this replica publishes, beside the sum of what was published when it last looked. */
export const createDatasetQuota = (
  sql: Sql,
  { derivativeBytesPerDataset: limit }: { readonly derivativeBytesPerDataset: number },
): DatasetQuota => {
  const known = new Map<string, { bytes: number; readonly until: number }>();
  const usedOf = async (dataset: string): Promise<{ bytes: number }> => {
    const found = known.get(dataset);
    if (found !== undefined && Date.now() < found.until) return found;
    const used = { bytes: await bytesOf(sql, dataset), until: Date.now() + believedMs };
    known.set(dataset, used);
    return used;
  };
  return {
    async take(dataset, bytes) {
      const used = await usedOf(dataset);
      if (used.bytes + bytes > limit) return refusal(dataset, bytes, limit - used.bytes, limit);
      used.bytes += bytes;
      return null;
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
