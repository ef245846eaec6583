import type { NameRuleCode } from "./bids-name.ts";

/**
 * `error`: BIDS forbids it, or nobody can read it. `warning`: BIDS recommends otherwise, or somebody will stumble over
 * it.
 */
export type Severity = "error" | "warning";

/** What a dataset can break. */
export type RuleCode =
  | NameRuleCode
  | "case-collision"
  | "no-description"
  | "bad-description"
  | "incomplete-description"
  | "unlinked-uri"
  | "no-readme"
  | "no-subjects"
  | "bad-json"
  | "json-encoding"
  | "duplicate-key"
  | "lossy-value"
  | "bad-table"
  | "table-encoding"
  | "missing-column"
  | "bad-participants"
  | "unlisted-subject"
  | "listed-without-data"
  | "several-sidecars"
  | "unused-sidecar"
  | "missing-metadata"
  | "recommended-metadata"
  | "bad-metadata"
  | "column-order"
  | "bad-value"
  | "duplicate-row"
  | "undefined-column"
  | "missing-companion"
  | "duplicate-recording"
  | "unknown-age"
  | "index-padding"
  | "bad-vectors"
  | "bad-image"
  | "empty-file"
  | "too-large"
  | "unreadable"
  | "changing"
  | "special-file"
  | "broken-link"
  | "link-loop"
  | "link-out";

/** A check that the schema words itself, by the code of the official validator: `EVENTS_TSV_MISSING`. */
export type SchemaCode = Uppercase<string>;

/** One thing that is wrong with a dataset, with all that a person needs to fix it. */
export type DatasetFinding = {
  readonly severity: Severity;
  readonly rule: RuleCode | SchemaCode;
  /** Relative to the dataset. */
  readonly file: string;
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
  /** Link to the section of the BIDS specification that requires it. */
  readonly section: string;
};

type Rule = { readonly severity: Severity; readonly section: string; readonly advice: string };

const specification = "https://bids-specification.readthedocs.io/en/v1.11.1/";
const principles = `${specification}common-principles.html`;
const agnostic = `${specification}modality-agnostic-files`;

const error = (section: string, advice: string): Rule => ({ severity: "error", section, advice });
const warning = (section: string, advice: string): Rule => ({ severity: "warning", section, advice });

const entities = `${specification}appendices/entities.html`;
const table = `${specification}appendices/entity-table.html`;
const structure = `${principles}#filesystem-structure`;
const names = `${principles}#filenames`;
const inheritance = `${principles}#the-inheritance-principle`;
const tabular = `${principles}#tabular-files`;
const json = `${principles}#key-value-files-dictionaries`;
const sidecars = `${specification}glossary.html`;
const description = `${agnostic}/dataset-description.html#dataset_descriptionjson`;
const participants = `${agnostic}/data-summary-files.html#participants-file`;

/** Every rule: its severity, the section of BIDS that states it, and how to fix a violation. */
export const checkRules: Readonly<Record<RuleCode, Rule>> = {
  "unsafe-path": error(names, "Rename it with letters, digits, -, _, + and . only, and keep it short."),
  "dicom-file": error(
    `${principles}#source-vs-raw-vs-derived-data`,
    "Convert it with `rollerblade dataset convert`, dcm2niix, HeuDiConv or BIDScoin, or keep it in sourcedata/, which nobody judges.",
  ),
  "name-syntax": error(
    names,
    "Write <key>-<value>_<key>-<value>_<suffix>.<extension>, or list the file in .bidsignore.",
  ),
  "unknown-entity": error(entities, "Use an entity of BIDS, or list the file in .bidsignore."),
  "entity-value": error(entities, "Use letters, digits and + in labels, digits in indices, and the values BIDS lists."),
  "entity-order": error(table, "Put the entities into the order of BIDS, each one once."),
  "wrong-folder": error(structure, "Move it to sub-<label>/[ses-<label>/]<datatype>/ of the same subject and session."),
  "unknown-suffix": error(`${specification}glossary.html`, "Use a suffix of BIDS, or list the file in .bidsignore."),
  "wrong-datatype": error(structure, "Move it to the folder of its datatype."),
  "wrong-extension": error(names, "Convert it to a format that BIDS allows here, or keep it in sourcedata/."),
  "entity-not-allowed": error(table, "Leave the entity out, or use one that BIDS allows here, such as acq."),
  "entity-missing": error(table, "Add the entity to the name."),
  "case-collision": error(
    `${principles}#case-collision-intolerance`,
    "Give one of them another name: on macOS and Windows one would overwrite the other.",
  ),
  "no-description": error(description, 'Write {"Name": "…", "BIDSVersion": "1.11.1"} into dataset_description.json.'),
  "bad-description": error(description, "Add what is missing to dataset_description.json."),
  "incomplete-description": warning(description, "Add it to dataset_description.json."),
  "unlinked-uri": error(`${principles}#bids-uri`, "Name the dataset in DatasetLinks of dataset_description.json."),
  "no-readme": warning(`${agnostic}/dataset-description.html#readme`, "Write a README.md that describes the data."),
  "no-subjects": warning(structure, "Give the folder that holds sub-<label> folders."),
  "bad-json": error(json, "Fix the JSON; a JSON file of BIDS is one object in UTF-8."),
  "json-encoding": error(json, "Save it as UTF-8 without a byte order mark."),
  "duplicate-key": warning(json, "Keep one of them: readers take the last value and lose the others."),
  "lossy-value": warning(
    json,
    "Write a value that every program can read: a smaller number, or a text of whole characters.",
  ),
  "bad-table": error(
    tabular,
    "Give every row as many tab-separated cells as the header has columns, n/a where nothing is known.",
  ),
  "table-encoding": warning(tabular, "Save it as UTF-8 without a byte order mark, with lines that end in LF (Unix)."),
  "missing-column": error(tabular, "Add the column."),
  "column-order": error(tabular, "Move the column to its place."),
  "bad-value": error(tabular, "Fix the value, write n/a where nothing is known, or fix its data dictionary."),
  "duplicate-row": error(tabular, "Keep one row for each."),
  "undefined-column": warning(tabular, "Describe the columns in a JSON file of the same name."),
  "unknown-age": warning(
    participants,
    "Write ages since birth as numbers, and their unit (year, month, week or day) as Units of age in the data dictionary.",
  ),
  "index-padding": warning(
    `${principles}#entities`,
    "Write the index of one file in one way: tools that read indices as numbers cannot tell these files apart.",
  ),
  "missing-metadata": error(sidecars, "Add the field to a JSON sidecar that applies to the file."),
  "recommended-metadata": warning(
    sidecars,
    "Add the fields to a JSON sidecar that applies to the files, where they are known.",
  ),
  "bad-metadata": error(sidecars, "Fix the value."),
  "bad-participants": error(participants, "List every subject once, as sub-<label>."),
  "unlisted-subject": error(participants, "Add a row for the subject to participants.tsv."),
  "listed-without-data": warning(participants, "Remove the row, or add the subject's data."),
  "several-sidecars": error(inheritance, "Keep one file of a kind a level that applies to a data file."),
  "unused-sidecar": warning(inheritance, "Rename it so that it applies to a data file, or remove it."),
  "missing-companion": error(
    `${specification}modality-specific-files/`,
    "Add the file: the recording cannot be read without it.",
  ),
  "duplicate-recording": error(
    `${specification}modality-specific-files/electroencephalography.html`,
    "Keep one format, and the others in sourcedata/.",
  ),
  "bad-vectors": error(
    `${specification}modality-specific-files/magnetic-resonance-imaging-data.html#required-gradient-orientation-information`,
    "Write numbers between blanks, one for each volume in every row.",
  ),
  "bad-image": error(
    `${specification}modality-specific-files/magnetic-resonance-imaging-data.html`,
    "Write the image anew.",
  ),
  "empty-file": warning(structure, "Fetch its content (git annex get, datalad get), or remove it."),
  "too-large": error(json, "Split it or make it smaller: nothing of it was read."),
  unreadable: error(structure, "Make the file readable for you, or fetch its content (git annex get, datalad get)."),
  changing: warning(structure, "Check again when nothing writes to the dataset any more."),
  "special-file": error(structure, "Remove it: a dataset holds files and folders only."),
  "broken-link": warning(structure, "Fetch its content (git annex get, datalad get), or remove the link."),
  "link-loop": error(structure, "Remove the link: what it leads to is in the dataset already."),
  "link-out": error(
    structure,
    "Put what it leads to in its place, or follow it with --follow-links where you know what it leads to.",
  ),
};

/**
 * Makes a finding with the severity, section and advice of its rule. `severity`: where the case is milder than the
 * rule; `field`: the metadata that it speaks of.
 */
export const finding = (
  rule: RuleCode,
  file: string,
  message: string,
  { severity, field }: { readonly severity?: Severity | undefined; readonly field?: string } = {},
): DatasetFinding => {
  const info = checkRules[rule];
  const section = field === undefined ? info.section : `${specification}glossary.html#objects.metadata.${field}`;
  return { severity: severity ?? info.severity, rule, file, message, advice: info.advice, section };
};

/** A finding of a check that the schema words itself. `path`: of the check in the schema. */
export const schemaFinding = (
  code: string,
  severity: Severity,
  path: string,
  file: string,
  message: string,
): DatasetFinding => ({
  severity,
  rule: upperCase(code),
  file,
  message,
  advice: `Correct what the message says; the rule is ${path} of the BIDS schema.`,
  section: pageOf(path),
});

const upperCase = <Code extends string>(code: Code) => {
  const upper: string = code.toUpperCase();
  return isUpper(upper) ? upper : "CHECK";
};

const isUpper = (code: string): code is SchemaCode => code === code.toUpperCase();

const magnetic = "magnetic-resonance-imaging-data";
const pages: Readonly<Record<string, string>> = {
  ...{ anat: magnetic, asl: magnetic, dwi: magnetic, fmap: magnetic, func: magnetic, mri: magnetic, nifti: magnetic },
  ...{ eeg: "electroencephalography", ieeg: "intracranial-electroencephalography", emg: "electromyography" },
  ...{
    pet: "positron-emission-tomography",
    micr: "microscopy",
    nirs: "near-infrared-spectroscopy",
    events: "task-events",
  },
  ...{ mrs: "magnetic-resonance-spectroscopy", eyetrack: "physiological-recordings", meg: "magnetoencephalography" },
};

const pageOf = (path: string): string => {
  const page = pages[path.split(".")[1] ?? ""];
  return page === undefined ? principles : `${specification}modality-specific-files/${page}.html`;
};
