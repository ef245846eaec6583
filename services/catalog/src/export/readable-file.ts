import { Problem } from "@rollerblade/errors";
import type { Principal, ServiceContext } from "@rollerblade/service-kit";

/** A file that somebody may read. */
export type ReadableFile = {
  readonly dataset: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** All datasets that it comes of, its own included. */
  readonly datasets: readonly string[];
};

/**
 * Finds a raw file or a derivative in force that somebody may read: whoever may read all datasets that it comes of.
 * @throws Problem `not-found`, whether it is not there or not theirs
 */
export const readableFile = async (
  { sql, authorize, readable }: Pick<ServiceContext, "sql" | "authorize" | "readable">,
  principal: Principal,
  { dataset, path }: { readonly dataset: string; readonly path: string },
): Promise<ReadableFile> => {
  await authorize(principal, "read", { kind: "dataset", name: dataset });
  const [row] = await sql<ReadableFile[]>`
    select dataset, path, size, sha256, array[dataset] as datasets from catalog.files where dataset = ${dataset} and path = ${path}
    union all
    select dataset, path, size, sha256, datasets from catalog.derivatives
    where dataset = ${dataset} and path = ${path} and state = 'in-force'`;
  const others = row?.datasets.filter((name) => name !== dataset) ?? [];
  const names = others.length === 0 ? "all" : await readable(principal, "dataset", others);
  if (row !== undefined && (names === "all" || others.every((name) => names.includes(name)))) return row;
  throw new Problem({ code: "not-found", message: `There is no file "${path}".`, subject: path });
};
