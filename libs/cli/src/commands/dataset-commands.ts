import { type Command, Option } from "commander";
import { downloading, examples, reading } from "../command.ts";

/** `dataset …`, `scan …`, `subject …`: what data there is. */
export const datasetCommands = (program: Command): void => {
  const dataset = program.command("dataset").description("BIDS datasets");
  examples(
    reading(
      dataset
        .command("import")
        .description(
          "Add a BIDS dataset, or what is new and changed in it; only what the server lacks is sent, and it goes on where it was",
        )
        .argument("<folder>", "a folder, or s3://bucket/prefix with AWS_ACCESS_KEY_ID … in the environment")
        .option("--name <name>", "what the dataset is called (as its folder is)")
        .option("--in-place", "the files stay where they are, and the server reads them there")
        .option("--derivatives", "import each dataset in derivatives/, too, as NAME-FOLDER")
        .option("--strict", "import nothing when anything is wrong with it")
        .option("--mirror", "also remove from the dataset what the source no longer has; asks first")
        .option("--yes", "with --mirror: do not ask")
        .option("--force", "with --mirror: remove even more than half of the dataset's files")
        .option("--dry-run", "print what would be added, changed, removed, kept or refused, and change nothing")
        .option("--watch", "go on, and import again whenever something changes"),
    ).action(async (folder, options) => (await import("../dataset/import-folder.ts")).importFolder(folder, options)),
    "rollerblade dataset import ~/data/ds001",
    "rollerblade dataset import --in-place --watch /archive/ds001",
    "rollerblade dataset import ~/data/ds001 --mirror --dry-run",
    "AWS_REGION=us-east-1 rollerblade dataset import s3://openneuro.org/ds000001",
  );
  examples(
    dataset
      .command("check")
      .description("Tell what is in a folder and what is wrong with it as BIDS; needs no server, writes nothing")
      .argument("<folder>")
      .option("--json", "print one JSON document a line for each file: class, entities, merged metadata, findings")
      .option("--names", "do not look into tables")
      .action(async (folder, options) => (await import("../dataset/check-folder.ts")).checkFolder(folder, options)),
    "rollerblade dataset check ~/data/ds001",
    'rollerblade dataset check ~/data/ds001 --json | jq -r \'select(.class == "invalid") | .path + " -> " + .nearest\'',
  );
  examples(
    reading(dataset.command("list").description("Datasets, by name")).action(async (options) =>
      (await import("../dataset/list-datasets.ts")).listDatasets(options),
    ),
    "rollerblade dataset list",
  );
  examples(
    reading(dataset.command("show").description("A dataset with its statistics").argument("<name>")).action(
      async (name, options) => (await import("../dataset/list-datasets.ts")).showDataset(name, options),
    ),
    "rollerblade dataset show colin-mini --json",
  );
  examples(
    downloading(
      dataset
        .command("export")
        .description("Write a dataset to a folder as a BIDS tree; what is there already is not fetched again")
        .argument("<name>")
        .argument("<folder>"),
    ).action(async (name, folder, options) =>
      (await import("../dataset/export-folder.ts")).exportFolder(name, folder, options),
    ),
    "rollerblade dataset export colin-mini ./colin-mini --derivatives",
    "rollerblade dataset export colin-mini ./linked --link",
  );
  examples(
    reading(
      dataset
        .command("findings")
        .description(
          "What is wrong with a dataset, by the import that found it: a table, JSON, or a page for a browser",
        )
        .argument("<name>")
        .option("--html <file>", "write one page that needs nothing else")
        .addOption(new Option("--severity <severity>", "only these").choices(["error", "warning"]))
        .option("--rule <rule>", "only what breaks this rule")
        .option("--import <id>", "as that import left it")
        .option("--history", "how much each import found and mended"),
    ).action(async (name, options) => (await import("../findings/show-findings.ts")).showFindings(name, options)),
    "rollerblade dataset findings colin-mini",
    "rollerblade dataset findings colin-mini --html findings.html",
  );
  examples(
    reading(
      dataset
        .command("delete")
        .description("Delete a dataset with everything derived from it")
        .argument("<name>")
        .option("--yes", "do not ask"),
    ).action(async (name, options) => (await import("../dataset/delete-data.ts")).deleteDataset(name, options)),
    "rollerblade dataset delete colin-mini --yes",
  );
  const scan = program.command("scan").description("Single scans");
  examples(
    reading(
      scan
        .command("upload")
        .description("Add scans with their companions to a dataset, all or nothing")
        .argument("<dataset>")
        .argument("<file...>", "a file below a folder sub-…, or FILE=ITS-PATH-IN-THE-DATASET"),
    ).action(async (name, files, options) =>
      (await import("../dataset/upload-files.ts")).uploadFiles(name, files, options),
    ),
    "rollerblade scan upload colin-mini new.nii.gz=sub-09/anat/sub-09_T1w.nii.gz new.json=sub-09/anat/sub-09_T1w.json",
  );
  const subject = program.command("subject").description("The people of a dataset");
  examples(
    reading(
      subject
        .command("delete")
        .description("Delete a subject with everything derived from it")
        .argument("<dataset>")
        .argument("<subject>", "its label, with or without sub-")
        .option("--yes", "do not ask"),
    ).action(async (name, label, options) =>
      (await import("../dataset/delete-data.ts")).deleteSubject(name, label, options),
    ),
    "rollerblade subject delete colin-mini sub-01 --yes",
  );
  examples(
    subject
      .command("restore")
      .description("Allow a deleted subject to be imported again; imports keep it out until then")
      .argument("<dataset>")
      .argument("<subject>", "its label, with or without sub-")
      .action(async (name, label) => (await import("../dataset/delete-data.ts")).restoreSubject(name, label)),
    "rollerblade subject restore colin-mini sub-01",
  );
};
