import { crashPoint } from "@rollerblade/events";
import pLimit from "p-limit";
import type { ImportRow } from "./import-rows.ts";
import { type Ingest, objectKey } from "./ingest.ts";
import type { Plan } from "./plan.ts";

/** Milliseconds between two looks at how far it is. */
const progressPause = 500;

/** Copies staged bytes to their names. Every copy may be repeated, so a crash costs only time. */
export const copyObjects = async (
  ingest: Ingest,
  { id, dataset }: ImportRow,
  plan: Plan,
  keys: ReadonlyMap<string, string | null>,
) => {
  await ingest.objects.delete(inTheWay(plan).map((path) => objectKey(dataset, path)));
  const limit = pLimit(ingest.config.copies);
  let [done, told] = [0, Date.now()];
  const tell = (): void => {
    told = Date.now();
    ingest.sql`update ingest.imports set published = ${done} where id = ${id}`.catch((err: unknown) =>
      ingest.log.warn({ err }, "progress was not written"),
    );
  };
  await Promise.all(
    plan.put.map(({ path }) =>
      limit(async () => {
        ingest.signal.throwIfAborted();
        await ingest.objects.copy(keys.get(path) ?? "", objectKey(dataset, path));
        crashPoint("ingest.copied-one");
        done += 1;
        if (Date.now() - told > progressPause) tell();
      }),
    ),
  );
};

/** A file where a folder is to be, or the other way round: no store can hold both, so what goes must go first. */
const inTheWay = ({ remove, put }: Plan): string[] => {
  const files = new Set(put.map(({ path }) => path));
  const folders = new Set(put.flatMap(({ path }) => parentsOf(path)));
  return remove.filter((path) => folders.has(path) || parentsOf(path).some((folder) => files.has(folder)));
};

const parentsOf = (path: string): string[] => {
  const names = path.split("/");
  return names.slice(1).map((_, at) => names.slice(0, at + 1).join("/"));
};
