import { assetKey, assetPrefix } from "@rollerblade/abids/bucket-layout";
import { accountsRoutes } from "@rollerblade/client";
import { type Sql, type Transaction, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { ObjectStore } from "@rollerblade/object-store";
import type { Principal, ServiceContext } from "@rollerblade/service-kit";
import type { AssetRow } from "../tables.gen.ts";
import { lockAsset } from "./lock-asset.ts";

/** What deleting assets needs. */
export type DeletingAssets = Pick<ServiceContext, "peer" | "identify"> & {
  readonly sql: Sql;
  readonly objects: Pick<ObjectStore, "list" | "delete">;
};

/**
 * Deletes a version with the contents that no other version has; with the last one goes the name. The row goes last of all, so that a
 * deletion that breaks off can be asked for again.
 * @param force whether it is deleted although analyses use it
 * @throws Problem `not-found`, `conflict`
 */
export const deleteAsset = async (
  scheduler: DeletingAssets,
  principal: Principal,
  { name, version }: Pick<AssetRow, "name" | "version">,
  force: boolean,
): Promise<void> => {
  const { sql, objects, peer, identify } = scheduler;
  await transaction(sql, async (tx) => {
    await lockAsset(tx, name);
    const versions = await tx<AssetRow[]>`select * from scheduler.assets where name = ${name}`;
    if (!versions.some((one) => one.version === version)) throw noSuchAsset(name, version);
    if (!force) await requireUnused(tx, name, version);
    const others = versions.filter((one) => one.version !== version);
    const kept = new Set(others.flatMap(({ files }) => files.map(({ sha256 }) => assetKey(name, sha256))));
    const unused: string[] = [];
    for await (const { key } of objects.list(assetPrefix(name))) if (!kept.has(key)) unused.push(key);
    await objects.delete(unused);
    await tx`delete from scheduler.assets where name = ${name} and version = ${version}`;
    if (others.length > 0) return;
    const resource = await identify({ kind: "asset", name });
    if (resource === null) return;
    await peer("accounts").call(accountsRoutes.retireResource, {
      params: { id: resource.id },
      body: { actor: principal.name },
    });
  });
};

/** What to answer with where there is no such version. */
export const noSuchAsset = (name: string, version: string): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no asset ${name} ${version}.`,
    subject: name,
    next: "See what there is with `rollerblade asset list`.",
  });

const requireUnused = async (tx: Transaction, name: string, version: string): Promise<void> => {
  const use = JSON.stringify([{ asset: name, version }]);
  const [row] = await tx<{ count: number }[]>`
    select count(*)::int as count from scheduler.analyses where manifest -> 'assets' @> ${use}::text::jsonb`;
  const count = row?.count ?? 0;
  if (count === 0) return;
  throw new Problem({
    code: "conflict",
    message: `${count} version${count === 1 ? "" : "s"} of analyses use${count === 1 ? "s" : ""} the asset ${name} ${version}.`,
    subject: name,
    next: "Delete it with --force: what needs it fails from then on, and what was made with it stays.",
  });
};
