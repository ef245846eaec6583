import type { AssetUse, Manifest, StagedAsset } from "@rollerblade/analysis";
import { columnsOf, type Queryable, recordset, type Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { Principal, ServiceContext } from "@rollerblade/service-kit";
import { type AssetRow, assetsTable } from "../tables.gen.ts";

/** The assets that an analysis names, each once. */
export const namesOfAssets = ({ assets = [] }: Pick<Manifest, "assets">): string[] => [
  ...new Set(assets.map(({ asset }) => asset)),
];

/**
 * Lets those pass who may use every asset that an analysis names.
 * @throws Problem `not-found` or `forbidden`, as for anything that somebody may not use
 */
export const requireAssets = async (
  { authorize }: Pick<ServiceContext, "authorize">,
  principal: Principal,
  manifest: Pick<Manifest, "assets">,
): Promise<void> => {
  for (const name of namesOfAssets(manifest)) await authorize(principal, "run", { kind: "asset", name });
};

/**
 * Writes the content of each asset into the manifest of an analysis that is created, which its key is made of.
 * @throws Problem `not-found` for an asset that is not there, or is not for whoever creates it; `conflict` for one that holds something else
 * than the author wrote down
 */
export const withAssetHashes = async (
  scheduler: Pick<ServiceContext, "authorize"> & { readonly sql: Sql },
  principal: Principal,
  manifest: Manifest,
): Promise<Manifest> => {
  const { assets } = manifest;
  if (assets === undefined) return manifest;
  await requireAssets(scheduler, principal, manifest);
  const rows = await readVersions(scheduler.sql, assets);
  const found = assets.map((use): AssetUse => {
    const row = rows.find(({ name, version }) => name === use.asset && version === use.version);
    if (row === undefined) throw noVersion(use);
    if (use.sha256 !== undefined && use.sha256 !== row.sha256) throw otherContent(use, row.sha256);
    return { ...use, sha256: row.sha256 };
  });
  return { ...manifest, assets: found };
};

/** Reads the files of the assets that manifests name, by manifest; those that name none are absent. */
export const readStagedAssets = async (
  sql: Queryable,
  manifests: Iterable<Manifest>,
): Promise<ReadonlyMap<Manifest, readonly StagedAsset[]>> => {
  const using = [...new Set(manifests)].flatMap((manifest) =>
    manifest.assets === undefined ? [] : [{ manifest, assets: manifest.assets }],
  );
  if (using.length === 0) return new Map();
  const rows = await readVersions(
    sql,
    using.flatMap(({ assets }) => assets),
  );
  return new Map(
    using.map(({ manifest, assets }) => [
      manifest,
      assets.map(({ name, asset, version, sha256 }): StagedAsset => {
        const row = rows.find((one) => one.name === asset && one.version === version && one.sha256 === sha256);
        return { name, asset, version, files: row?.files ?? null };
      }),
    ]),
  );
};

/** Reads complete versions. */
const readVersions = (sql: Queryable, uses: readonly AssetUse[]): PromiseLike<AssetRow[]> => {
  const names = uses.map(({ asset: name, version }) => ({ name, version }));
  return sql<AssetRow[]>`
    select * from scheduler.assets
    where complete and (name, version) in (
      select * from ${recordset(sql, columnsOf(assetsTable, "name", "version"), names)} as wanted)`;
};

const noVersion = ({ name, asset, version }: AssetUse): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no asset ${asset} ${version}.`,
    subject: `assets.${name}`,
    next: "See what there is with `rollerblade asset list`, or create it with `rollerblade asset create`.",
  });

const otherContent = ({ name, asset, version }: AssetUse, sha256: string): Problem =>
  new Problem({
    code: "conflict",
    message: `The asset ${asset} ${version} holds ${sha256}, and the manifest wants something else.`,
    subject: `assets.${name}.sha256`,
    next: "Name the version that holds it, or correct the hash.",
  });
