import { type AssetVersion, schedulerRoutes } from "@rollerblade/client";
import { type SchedulerWorld, sha256Of } from "./scheduler-world.ts";

/** Makes a version of an asset of files by their paths, as the command line does: the contents that are missing are sent in between. */
export const createAsset = async (
  world: Pick<SchedulerWorld, "client">,
  name: string,
  version: string,
  files: Readonly<Record<string, string>>,
): Promise<AssetVersion & { readonly created: boolean }> => {
  const list = Object.entries(files).map(([path, content]) => ({
    path,
    size: content.length,
    sha256: sha256Of(content),
  }));
  const body = { name, version, description: "of a test", files: list };
  const { missing } = await world.client().call(schedulerRoutes.createAsset, { body });
  for (const { sha256 } of missing)
    await putContent(world, name, sha256, Object.values(files).find((content) => sha256Of(content) === sha256) ?? "");
  const { asset, created } = await world.client().call(schedulerRoutes.createAsset, { body });
  if (asset === null) throw new Error(`${name} ${version} is not complete.`);
  return { ...asset, created: created || missing.length > 0 };
};

/** Sends a content of an asset. */
export const putContent = (
  world: Pick<SchedulerWorld, "client">,
  asset: string,
  sha256: string,
  body: string,
): Promise<Response> =>
  world.client().raw(`/v1/assets/${asset}/contents/${encodeURIComponent(sha256)}`, {
    method: "PUT",
    headers: { "content-type": "application/octet-stream" },
    body,
  });
