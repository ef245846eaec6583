import { sendAsset } from "@rollerblade/transfer";
import { printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { formatBytes, printJson, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";

/** Options of `asset create`. */
export type CreateAssetOptions = Reading & { readonly version: string; readonly description?: string };

/** Runs `asset create NAME PATH --version V`: sends a folder or a file, and nothing twice. */
export const createAsset = async (name: string, path: string, options: CreateAssetOptions): Promise<void> => {
  const { version, description = "" } = options;
  const asset = await sendAsset({ client: await findServer(), name, version, description, path });
  if (options.json === true) return printJson(asset);
  const content = `${plural(asset.files, "file")}, ${formatBytes(asset.bytes)}, ${asset.sha256}`;
  printMessage(
    asset.created
      ? `${name} ${version} is created: ${content}.`
      : `${name} ${version} exists already, with the same content.`,
  );
};
