import { faultOfPath } from "@rollerblade/abids";
import { assetKey } from "@rollerblade/abids/bucket-layout";
import { type AssetFile, assetHash } from "@rollerblade/analysis";
import { type Sql, type Transaction, transaction } from "@rollerblade/database";
import { type Finding, Problem } from "@rollerblade/errors";
import type { ObjectStore } from "@rollerblade/object-store";
import type { Principal } from "@rollerblade/service-kit";
import semver from "semver";
import { claimName, type Naming } from "../rights/claim-name.ts";
import type { AssetRow } from "../tables.gen.ts";
import { lockAsset } from "./lock-asset.ts";

/** What creating assets needs. */
export type CreatingAssets = Naming & { readonly sql: Sql; readonly objects: Pick<ObjectStore, "heads"> };

/** What a person wants to create. */
export type NewAsset = {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly files: readonly AssetFile[];
};

/** The version, or what has to be sent before there is one. */
export type CreatedAsset =
  | { readonly asset: AssetRow; readonly created: boolean }
  | { readonly missing: readonly Pick<AssetFile, "sha256" | "size">[] };

/**
 * Creates a version of an asset, once all of its contents are in the bucket; until then it is announced, and its contents may be sent.
 * What a version holds never changes: the same again is as good as new, anything else is refused.
 * @throws Problem `invalid` for a version or paths that are none, `conflict` for other content or a name that is somebody else's
 */
export const createAsset = async (
  scheduler: CreatingAssets,
  principal: Principal,
  order: NewAsset,
): Promise<CreatedAsset> => {
  requireGood(order);
  await claimName(scheduler, principal, { kind: "asset", name: order.name });
  const { sql, objects } = scheduler;
  return transaction(sql, async (tx) => {
    await lockAsset(tx, order.name);
    const sha256 = assetHash(order.files);
    const [before] = await tx<AssetRow[]>`
      select * from scheduler.assets where name = ${order.name} and version = ${order.version}`;
    if (before?.complete === true) {
      if (before.sha256 !== sha256) throw differs(order);
      return { asset: before, created: false };
    }
    const contents = [...new Map(order.files.map(({ sha256: content, size }) => [content, size]))];
    const heads = await objects.heads(contents.map(([content]) => assetKey(order.name, content)));
    const missing = contents.flatMap(([content, size]) =>
      heads.get(assetKey(order.name, content))?.size === size ? [] : [{ sha256: content, size }],
    );
    const asset = await write(tx, principal, { ...order, sha256, complete: missing.length === 0 });
    return asset.complete ? { asset, created: true } : { missing };
  });
};

const write = async (
  tx: Transaction,
  principal: Principal,
  { name, version, description, files, sha256, complete }: NewAsset & Pick<AssetRow, "sha256" | "complete">,
): Promise<AssetRow> => {
  const [row] = await tx<AssetRow[]>`
    insert into scheduler.assets (name, version, description, sha256, files, complete, owner)
    values (${name}, ${version}, ${description}, ${sha256}, ${JSON.stringify(files)}::text::jsonb, ${complete}, ${principal.name})
    on conflict (name, version) do update set
      description = excluded.description, sha256 = excluded.sha256, files = excluded.files, complete = excluded.complete,
      owner = excluded.owner, created_at = now()
    returning *`;
  if (row === undefined) throw new Error(`The asset ${name} ${version} was not inserted.`);
  return row;
};

const requireGood = ({ name, version, files }: NewAsset): void => {
  const seen = new Set<string>();
  const findings = files.flatMap(({ path }): Finding[] => {
    const fault = faultOfPath(path) ?? (seen.has(path) ? "stands twice" : null);
    seen.add(path);
    return fault === null ? [] : [{ where: path, message: fault }];
  });
  if (semver.valid(version) !== version)
    findings.unshift({ where: "version", message: `"${version}" is not a full version such as 1.2.0` });
  const [first] = findings;
  if (first === undefined) return;
  throw new Problem({
    code: "invalid",
    message: `The asset ${name} cannot be created: ${first.where}: ${first.message}.`,
    subject: name,
    next: "Correct what is listed.",
    findings,
  });
};

const differs = ({ name, version }: NewAsset): Problem =>
  new Problem({
    code: "conflict",
    message: `The asset ${name} ${version} exists already, and its files differ.`,
    subject: `${name} ${version}`,
    next: "A version never changes: choose the next one.",
  });
