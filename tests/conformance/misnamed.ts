import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { entityKeys, entityRule, type NameRule, nameRules } from "@rollerblade/abids";

/** One way to spoil a name; `null` where the name has nothing to spoil in that way. */
type Spoil = (path: string) => string | null;

const inFile =
  (change: (file: string) => string | null): Spoil =>
  (path) => {
    const slash = path.lastIndexOf("/") + 1;
    const file = change(path.slice(slash));
    return file === null ? null : path.slice(0, slash) + file;
  };

const replaced =
  (pattern: RegExp, by: string): Spoil =>
  (path) =>
    pattern.test(path) ? path.replace(pattern, by) : null;

const dropped = (key: string): Spoil =>
  inFile((file) => (file.includes(`_${key}-`) ? file.replace(new RegExp(`_${key}-[0-9A-Za-z+]+`), "") : null));
const inserted = (entity: string): Spoil => inFile((file) => file.replace(/_(?=[0-9A-Za-z]+\.)/, `_${entity}_`));

/** Ways in which people get names wrong, each with the word that the report calls it by. */
const spoils: Readonly<Record<string, Spoil>> = {
  "suffix in lower case": inFile((file) =>
    file.replace(/_([0-9A-Za-z]+)\./, (_, suffix) => `_${suffix.toLowerCase()}.`),
  ),
  "suffix unknown": inFile((file) => file.replace(/_[0-9A-Za-z]+\./, "_scan.")),
  "suffix missing": inFile((file) => file.replace(/_[0-9A-Za-z]+\./, ".")),
  "suffix with a dash": inFile((file) => file.replace(/_([0-9A-Za-z]+)\./, "_$1-new.")),
  "extension unknown": inFile((file) => file.replace(/\..*$/, ".mgz")),
  "extension missing": inFile((file) => file.replace(/\..*$/, "")),
  "extension in upper case": inFile((file) => file.replace(/\..*$/, (extension) => extension.toUpperCase())),
  "extension of a table": inFile((file) => file.replace(/\..*$/, ".tsv")),
  "another datatype": replaced(/\/(anat|func|dwi|fmap|meg|eeg|ieeg|pet|perf|beh|nirs|motion|mrs|micr)\//, "/anatomy/"),
  "in dwi": replaced(/\/(anat|func|fmap|meg|eeg|ieeg|pet|perf|beh|nirs|motion|mrs|micr)\//, "/dwi/"),
  "in func": replaced(/\/(anat|dwi|fmap|meg|eeg|ieeg|pet|perf|beh|nirs|motion|mrs|micr)\//, "/func/"),
  "without a datatype": replaced(/\/(anat|func|dwi|fmap|meg|eeg|ieeg|pet|perf|beh|nirs|motion|mrs|micr)\//, "/"),
  "deeper than its datatype": inFile((file) => `more/${file}`),
  "without a subject": inFile((file) => file.replace(/^sub-[0-9A-Za-z+]+_/, "")),
  "of another subject": inFile((file) => file.replace(/^sub-([0-9A-Za-z+]+)_/, "sub-$1x_")),
  "of a session without a folder": inFile((file) =>
    file.includes("_ses-") ? null : file.replace(/^(sub-[0-9A-Za-z+]+)_/, "$1_ses-x_"),
  ),
  "without its session": dropped("ses"),
  "without a task": dropped("task"),
  "without an echo": dropped("echo"),
  "without a flip": dropped("flip"),
  "without an inversion": dropped("inv"),
  "without a recording": dropped("recording"),
  "without a sample": dropped("sample"),
  "an unknown entity": inserted("color-red"),
  "a long name of an entity": inserted("description-x"),
  "a derivative's entity": inserted("desc-x"),
  "a direction": inserted("dir-AP"),
  "a chunk": inserted("chunk-1"),
  "a run that is not a number": inserted("run-a"),
  "a part that BIDS does not list": inserted("part-half"),
  "an entity without a value": inserted("acq-"),
  "an entity without a dash": inserted("acq"),
  "a label with a dash": inserted("acq-a-b"),
  "a label with a space": inserted("acq-a b"),
  "a label of another script": inserted("acq-мозг"),
  "an entity twice": inFile((file) => file.replace(/_(?=[0-9A-Za-z]+\.)/, "_acq-a_acq-b_")),
  "entities in another order": inFile((file) => file.replace(/^(sub-[0-9A-Za-z+]+)_(.*_)/, "$2$1_")),
  "two underscores": inFile((file) => file.replace("_", "__")),
  "a space": inFile((file) => file.replace("_", " _")),
  "a copy": inFile((file) => file.replace(".", " (1).")),
};

/** Names right by the rules of the schema for raw data (every suffix and extension of each), and names that are spoiled. */
export const misnamed = (): Map<string, string> => {
  const names = new Map<string, string>();
  let subject = 0;
  const add = (way: string, spoil: Spoil, rule: NameRule, suffix: string, extension: string): void => {
    const name = spoil(nameOf(rule, suffix, extension, `q${subject++}`));
    if (name !== null) names.set(name, way);
  };
  for (const rule of nameRules.filter(({ raw, datatypes }) => raw && datatypes.length > 0)) {
    for (const suffix of rule.suffixes)
      for (const extension of extensionsOf(rule)) add("as it is", (path) => path, rule, suffix, extension);
    const [suffix = "", extension = ""] = [rule.suffixes[0], extensionsOf(rule)[0]];
    for (const [way, spoil] of Object.entries(spoils)) add(way, spoil, rule, suffix, extension);
    add("all entities", everyEntity(rule), rule, suffix, extension);
  }
  return names;
};

const extensionsOf = ({ extensions, folders }: NameRule): string[] => [
  ...extensions.filter((extension) => extension !== ".*"),
  ...folders.map((folder) => `${folder}/inside`),
];

const nameOf = (rule: NameRule, suffix: string, extension: string, subject: string): string => {
  const keys = entityKeys.filter((key) => key !== "sub" && rule.required.includes(key));
  const entities = [`sub-${subject}`, ...keys.map((key) => `${key}-${valueFor(rule, key)}`)];
  return `sub-${subject}/${rule.datatypes[0]}/${entities.join("_")}_${suffix}${extension}`;
};

const valueFor = (rule: NameRule, key: string): string =>
  rule.values.find(([name]) => name === key)?.[1] ?? entityRule(key)?.values[0] ?? "1";

const everyEntity =
  (rule: NameRule): Spoil =>
  (path) => {
    const keys = entityKeys.filter(
      (key) => key !== "sub" && key !== "ses" && [...rule.required, ...rule.optional].includes(key),
    );
    const entities = keys.map((key) => `_${key}-${valueFor(rule, key)}`).join("");
    return path.replace(/\/(sub-[0-9a-z]+)(_.*)?(_[0-9A-Za-z]+\.)/, `/$1${entities}$3`);
  };

/** Writes a dataset of empty files with such names. */
export const writeMisnamed = (folder: string, names: Iterable<string>): void => {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), name.endsWith(".json") ? "{}" : "");
  }
  writeFileSync(join(folder, "dataset_description.json"), '{"Name": "misnamed", "BIDSVersion": "1.11.1"}');
  writeFileSync(join(folder, "README"), "Names that people get wrong.\n");
};
