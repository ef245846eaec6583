import { type AssetVersion, schedulerRoutes } from "@rollerblade/client";
import { implement, listBodyBytes, pageOf, type RouteContext, type ServiceContext } from "@rollerblade/service-kit";
import semver from "semver";
import { type CreatingAssets, createAsset } from "../assets/create-asset.ts";
import { type DeletingAssets, deleteAsset, noSuchAsset } from "../assets/delete-asset.ts";
import { type PuttingContents, putContent } from "../assets/put-content.ts";
import type { AssetRow } from "../tables.gen.ts";

/** Serves the routes of assets. None of them gives a content away: that is for the attempts of analyses. */
export const serveAssets = (
  scheduler: RouteContext & CreatingAssets & DeletingAssets & PuttingContents & Pick<ServiceContext, "readable">,
): void => {
  const { sql, authorize, readable } = scheduler;
  implement(
    scheduler,
    schedulerRoutes.createAsset,
    async ({ principal, body }) => {
      const made = await createAsset(scheduler, principal, body);
      if ("missing" in made) return { asset: null, created: false, missing: [...made.missing] };
      return { asset: versionOf(made.asset), created: made.created, missing: [] };
    },
    { bodyLimit: listBodyBytes },
  );
  scheduler.http.register(async (http) => {
    http.removeAllContentTypeParsers();
    http.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    implement({ ...scheduler, http }, schedulerRoutes.putAssetContent, async ({ principal, params, request }) => {
      await authorize(principal, "contribute", { kind: "asset", name: params.name });
      return putContent(scheduler, params.name, params.sha256, request.body);
    });
  });
  implement(scheduler, schedulerRoutes.listAssets, async ({ principal, query }) => {
    const names = await readable(principal, "asset");
    const rows = await sql<AssetRow[]>`
      select * from scheduler.assets
      where complete and (${names === "all"} or name = any(${names === "all" ? [] : names}::text[]))
        and (${query.name ?? null}::text is null or name = ${query.name ?? null})`;
    const sorted = rows.toSorted(byNameAndVersion);
    const start = query.after === undefined ? 0 : sorted.findIndex((row) => keyOf(row) === query.after) + 1;
    return pageOf(sorted.slice(start, start + query.limit + 1).map(versionOf), query.limit, keyOf);
  });
  implement(scheduler, schedulerRoutes.showAsset, async ({ principal, params: { name, version } }) => {
    await authorize(principal, "read", { kind: "asset", name });
    const [row] = await sql<AssetRow[]>`
      select * from scheduler.assets where name = ${name} and version = ${version} and complete`;
    if (row === undefined) throw noSuchAsset(name, version);
    return { ...versionOf(row), list: row.files.toSorted((a, b) => (a.path < b.path ? -1 : 1)) };
  });
  implement(scheduler, schedulerRoutes.deleteAsset, async ({ principal, params, query }) => {
    await authorize(principal, "admin", { kind: "asset", name: params.name });
    await deleteAsset(scheduler, principal, params, query.force);
    return undefined;
  });
};

const byNameAndVersion = (a: AssetRow, b: AssetRow): number =>
  a.name === b.name ? semver.compare(b.version, a.version) : a.name < b.name ? -1 : 1;

const keyOf = ({ name, version }: Pick<AssetRow, "name" | "version">): string => `${name}@${version}`;

const versionOf = ({ name, version, description, sha256, files, owner, createdAt }: AssetRow): AssetVersion => ({
  name,
  version,
  description,
  sha256,
  files: files.length,
  bytes: files.reduce((sum, { size }) => sum + size, 0),
  owner,
  createdAt: createdAt.toISOString(),
});
