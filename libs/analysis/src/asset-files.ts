import { createHash } from "node:crypto";
import { canonicalJson } from "@rollerblade/abids";
import { Problem } from "@rollerblade/errors";
import type { AssetUse } from "./manifest.ts";
import type { StagedFile } from "./staging-plan.ts";

/** A file of an asset: its path within the asset, and its content. */
export type AssetFile = { readonly path: string; readonly size: number; readonly sha256: string };

/** An asset that an attempt uses, with its files; null where there is no such version any more, or it holds something else. */
export type StagedAsset = Pick<AssetUse, "name" | "asset" | "version"> & {
  readonly files: readonly AssetFile[] | null;
};

/** A file of an asset below `$ROLLERBLADE_IN`. */
export type StagedAssetFile = {
  readonly kind: "asset";
  /** Relative to `$ROLLERBLADE_IN`. */
  readonly path: string;
  readonly root?: never;
  /** The asset that the content belongs to. */
  readonly asset: string;
  readonly size: number;
  readonly sha256: string;
};

/** Every file that an attempt finds: those of its slice, and those of its assets. */
export type AttemptFile = StagedFile | StagedAssetFile;

/** The folder of an asset, relative to `$ROLLERBLADE_IN`. */
export const assetFolder = (name: string): string => `assets/${name}`;

/**
 * The files of assets as an attempt finds them below `$ROLLERBLADE_IN`.
 * @throws Problem `invalid` for an asset that is gone
 */
export const assetFiles = (assets: readonly StagedAsset[]): StagedAssetFile[] =>
  assets.flatMap(({ name, asset, version, files }) =>
    (files ?? gone(asset, version)).map(
      ({ path, ...content }): StagedAssetFile => ({
        kind: "asset",
        path: `${assetFolder(name)}/${path}`,
        asset,
        ...content,
      }),
    ),
  );

const gone = (asset: string, version: string): never => {
  throw new Problem({
    code: "invalid",
    message: `The asset ${asset} ${version} is gone, or no longer what it was when the analysis was created.`,
    subject: asset,
    next: `Create it again, or raise the version of the analysis with another one; see \`rollerblade asset list\`.`,
  });
};

/** Identifies what a version of an asset holds: a hash over the paths and the contents of its files, in whatever order they are listed. */
export const assetHash = (files: readonly AssetFile[]): string => {
  const sorted = files.map(({ path, sha256 }) => [path, sha256]).sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  return `sha256:${createHash("sha256").update(canonicalJson(sorted)).digest("hex")}`;
};
