import { type Command, Option } from "commander";
import { collect, downloading, examples, reading, wholeNumber } from "../command.ts";

/** `dataset …`, `scan …`, `subject …`: what data there is. */
export const datasetCommands = (program: Command): void => {
  const dataset = program.command("dataset").description("BIDS datasets");
  examples(
    reading(
      dataset
        .command("import")
        .description(
          "Add a BIDS dataset, or what is new and changed in it; only files that the server does not have are sent, and an interrupted import resumes",
        )
        .argument("<folder>", "a folder, or s3://bucket/prefix with AWS_ACCESS_KEY_ID … in the environment")
        .option("--name <name>", "the name of the dataset (default: that of its folder)")
        .option("--in-place", "the files stay where they are, and the server reads them there")
        .option("--follow-links", "also follow links that lead out of the folder")
        .option("--derivatives", "import each dataset in derivatives/, too, as NAME-FOLDER")
        .option("--strict", "import nothing if there is any finding")
        .option("--mirror", "also remove files that the source no longer has; asks first")
        .option("--yes", "with --mirror: do not ask")
        .option("--force", "with --mirror: remove even more than half of the dataset's files")
        .option("--dry-run", "print what would be added, changed, removed, kept or refused, and change nothing")
        .option("--watch", "keep running, and import again whenever something changes"),
    ).action(async (folder, options) => (await import("../dataset/import-folder.ts")).importFolder(folder, options)),
    "rollerblade dataset import ~/data/ds001",
    "rollerblade dataset import --in-place --watch /archive/ds001",
    "rollerblade dataset import ~/data/ds001 --mirror --dry-run",
    "AWS_REGION=us-east-1 rollerblade dataset import s3://openneuro.org/ds000001",
  );
  examples(
    reading(
      dataset
        .command("convert")
        .description(
          "Make a BIDS dataset from DICOM, NIfTI, Analyze, MGH or PAR/REC and tables, as a mapping states; a second time only what is new",
        )
        .argument("<source>", "a folder, s3://bucket/prefix, or a tar, tar.gz or zip; archives within are read, too")
        .option(
          "--mapping <file>",
          "what becomes of each file, as YAML; or a ready one: abide-1, adni, clinic, hcp-ya, ixi, oasis-1, oasis-2, oasis-3",
        )
        .option("--suggest", "print a first mapping for this source, and convert nothing")
        .option("--plan", "print what would become of every file and what BIDS says of it, and write nothing")
        .option("--out <folder>", "where the dataset is written")
        .option("--to <name>", "import it as this dataset when it is written")
        .option("--labels <file>", "the secret table of labels, outside of the dataset; made if it is not there")
        .option("--report <file>", "write the plan, and everything that was taken out, as JSON to a file")
        .option("--force", "write despite errors of BIDS, or remove more than half of what is there"),
    ).action(async (source, options) => (await import("../dataset/convert-source.ts")).convertSource(source, options)),
    "rollerblade dataset convert ~/export --suggest > mapping.yaml",
    "rollerblade dataset convert ~/export --mapping mapping.yaml --plan",
    "rollerblade dataset convert ~/ixi --mapping ixi --out ~/bids/ixi",
    "rollerblade dataset convert ~/export --mapping mapping.yaml --out ~/bids/my-study --to my-study",
  );
  examples(
    dataset
      .command("check")
      .description("List what is in a folder and what breaks the rules of BIDS; needs no server, writes nothing")
      .argument("<folder>")
      .option("--json", "print one JSON document a line for each file: class, entities, merged metadata, findings")
      .option("--follow-links", "also follow links that lead out of the folder, as an import with this flag does")
      .option("--names", "do not look into tables")
      .option("--deep", "read compressed files to their end: finds files that were truncated or damaged in transit")
      .action(async (folder, options) => (await import("../dataset/check-folder.ts")).checkFolder(folder, options)),
    "rollerblade dataset check ~/data/ds001",
    'rollerblade dataset check ~/data/ds001 --json | jq -r \'select(.class == "invalid") | .path + " -> " + .nearest\'',
  );
  examples(
    reading(dataset.command("list").description("List datasets, by name")).action(async (options) =>
      (await import("../dataset/list-datasets.ts")).listDatasets(options),
    ),
    "rollerblade dataset list",
  );
  examples(
    reading(dataset.command("show").description("Show a dataset with its statistics").argument("<name>")).action(
      async (name, options) => (await import("../dataset/list-datasets.ts")).showDataset(name, options),
    ),
    "rollerblade dataset show colin-mini --json",
  );
  examples(
    downloading(
      dataset
        .command("export")
        .description("Write a dataset to a folder as a BIDS tree; files that already exist are not fetched again")
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
          "List what is wrong with a dataset: rule by rule, as JSON with the import that found it, or as an HTML page",
        )
        .argument("<name>")
        .option("--html <file>", "write one self-contained HTML page")
        .addOption(new Option("--severity <severity>", "only findings of this severity").choices(["error", "warning"]))
        .option("--rule <rule>", "only findings of this rule")
        .option("--import <id>", "the findings after this import")
        .option("--history", "how many findings each import brought and fixed"),
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
  const subject = program.command("subject").description("Subjects of a dataset");
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
    reading(
      subject
        .command("set")
        .description(
          "Set cells of a person in participants.tsv, in sessions.tsv (--session) or in a phenotype table; queries and pipelines follow",
        )
        .argument("<dataset>")
        .argument("<subject>", "its label, with or without sub-")
        .option("--age <age>", 'the age, with a unit where the table does not count years: 31, "18 months"')
        .option("--sex <sex>", "the sex: M, F or O, or as the data dictionary has it")
        .option("--handedness <handedness>", "left, right or ambidextrous, or as the data dictionary has it")
        .option("--value <column=value>", "any other column; repeatable; n/a is unknown", collect)
        .option("--session <label>", "of this session, with or without ses-")
        .option("--phenotype <table>", "in phenotype/TABLE.tsv")
        .option("--was <column=value>", "set nothing unless the cell holds this now; repeatable", collect)
        .option("--add-column", "add the column to the table where it does not exist")
        .option("--reason <text>", "why, for the history"),
    ).action(async (name, label, options) => (await import("../dataset/set-cells.ts")).setCells(name, label, options)),
    'rollerblade subject set colin-mini 01 --age 31 --was age=24 --reason "typo in the form"',
    "rollerblade subject set colin-mini 03 --session followup --age 47.5",
    "rollerblade subject set colin-mini 01 --phenotype bdi --value bdi_total=11",
  );
  examples(
    reading(
      subject
        .command("history")
        .description("List what was set with `subject set`, newest first, with what stood there before")
        .argument("<dataset>")
        .argument("[subject]", "only of this person")
        .option("--limit <count>", "maximum number to print", wholeNumber(1, 100_000), 50),
    ).action(async (name, label, options) =>
      (await import("../dataset/set-cells.ts")).showHistory(name, label, options),
    ),
    "rollerblade subject history colin-mini 01",
  );
  examples(
    reading(
      subject
        .command("undo")
        .description("Set a cell back to what it held before a correction of `subject history`")
        .argument("<dataset>")
        .argument("<correction>", "its id, or the beginning of it"),
    ).action(async (name, id, options) => (await import("../dataset/set-cells.ts")).undoCells(name, id, options)),
    "rollerblade subject undo colin-mini 0192f0c1",
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
