import type { Command } from "commander";
import { examples, reading } from "../command.ts";

/** `asset …`: files of no dataset that analyses use. */
export const assetCommands = (program: Command): void => {
  const asset = program
    .command("asset")
    .description("Files of no dataset that analyses use: weights, templates, a licence");
  examples(
    reading(
      asset
        .command("create")
        .description("Create a version from a folder or one file; what the server has already is not sent again")
        .argument("<name>", "what it is called")
        .argument("<path>", "the folder, or the file")
        .requiredOption("--version <version>", "a full version such as 1.0.0; what it holds never changes")
        .option("--description <text>", "what it is"),
    ).action(async (name, path, options) =>
      (await import("../assets/create-asset.ts")).createAsset(name, path, options),
    ),
    "rollerblade asset create templateflow ~/.cache/templateflow --version 24.2.0",
    "rollerblade asset create freesurfer-licence license.txt --version 1.0.0",
  );
  examples(
    reading(asset.command("list").description("List all versions, by name")).action(async (options) =>
      (await import("../assets/list-assets.ts")).listAssets(options),
    ),
    "rollerblade asset list",
  );
  examples(
    reading(
      asset
        .command("show")
        .description("List the files of a version; their contents are for analyses alone")
        .argument("<name>")
        .argument("<version>"),
    ).action(async (name, version, options) =>
      (await import("../assets/list-assets.ts")).showAsset(name, version, options),
    ),
    "rollerblade asset show templateflow 24.2.0",
  );
  examples(
    asset
      .command("delete")
      .description("Delete a version with its contents; with the last one its name is free")
      .argument("<name>")
      .argument("<version>")
      .option("--force", "also where analyses use it, which fail from then on")
      .option("--yes", "do not ask")
      .action(async (name, version, options) =>
        (await import("../assets/list-assets.ts")).deleteAsset(name, version, options),
      ),
    "rollerblade asset delete templateflow 24.2.0 --yes",
  );
};
