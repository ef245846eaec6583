import { readAll, schedulerRoutes } from "@rollerblade/client";
import { confirm } from "../confirm.ts";
import { printMessage } from "../messages.ts";
import { formatBytes, formatTime, printJson, printTable, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";

/** `asset list`: the versions of assets that one may see. */
export const listAssets = async ({ json }: Reading): Promise<void> => {
  const server = await findServer();
  const assets = await readAll((after) => server.call(schedulerRoutes.listAssets, { query: { limit: 1000, after } }));
  if (json === true) return printJson(assets);
  printTable(
    ["asset", "version", "files", "size", "content", "created", "description"],
    assets.map(({ name, version, files, bytes, sha256, createdAt, description }) => [
      ...[name, version, files, formatBytes(bytes), sha256, formatTime(createdAt), description],
    ]),
    "No assets yet. Create one with `rollerblade asset create NAME PATH --version 1.0.0`.",
  );
};

/** `asset show NAME VERSION`: its files. */
export const showAsset = async (name: string, version: string, { json }: Reading): Promise<void> => {
  const server = await findServer();
  const asset = await server.call(schedulerRoutes.showAsset, { params: { name, version } });
  if (json === true) return printJson(asset);
  printTable(
    ["path", "size", "content"],
    asset.list.map(({ path, size, sha256 }) => [path, formatBytes(size), sha256]),
  );
};

/** Runs `asset delete NAME VERSION`, once the person has said yes. */
export const deleteAsset = async (
  name: string,
  version: string,
  { yes, force = false }: { readonly yes?: boolean; readonly force?: boolean },
): Promise<void> => {
  const server = await findServer();
  await confirm(`Delete the asset ${name} ${version}?`, yes);
  await server.call(schedulerRoutes.deleteAsset, {
    params: { name, version },
    query: { force: force ? "true" : "false" },
  });
  printMessage(`${name} ${version} is gone.`);
};
