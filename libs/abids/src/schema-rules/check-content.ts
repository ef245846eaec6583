import { readAge } from "../age.ts";
import { columnMeanings } from "../data-dictionary.ts";
import { type DatasetFinding, finding, schemaFinding } from "../dataset-finding.ts";
import type { Scope } from "../dataset-scope.ts";
import { looseParts } from "../long-names.ts";
import type { ContentRule, FieldRule } from "../schema/reduce-rules.ts";
import { readCell } from "../tsv.ts";
import { faultsOfColumns } from "./column-faults.ts";
import { metadataFields, modalityOf } from "./content-rules.ts";
import { compileExpression } from "./expression.ts";
import type { Context } from "./expression-context.ts";
import { contextOf, type JudgedFile } from "./file-context.ts";
import { valuesOf } from "./found-values.ts";
import { once } from "./once.ts";
import { type FileForm, type FormRule, rulesOfForm } from "./rules-of-form.ts";
import { faultOfValue } from "./value-fault.ts";

/**
 * Holds one file against all rules of the schema on content: its metadata, its table, its header and what goes with it.
 */
export const checkContent = (scope: Scope, file: JudgedFile): DatasetFinding[] => {
  const form = formOf(file);
  const rules = rulesOfForm(form);
  if (rules.rules.length === 0) return [];
  const context = contextOf(scope, file, form, rules);
  const sidecars = once(() => (file.name === null ? [] : scope.inheritance.sidecarsOf(file.name).sidecars));
  const judged: FileWithOrigins = { ...file, sidecars };
  const findings: DatasetFinding[] = [];
  const missing = new Map<string, string>();
  for (const one of rules.rules) {
    if (!one.selectors.every((selector) => selector.evaluate(context))) continue;
    findings.push(...faultsOfChecks(scope, file, one, context));
    for (const field of one.rule.fields ?? []) findings.push(...faultsOfField(scope, judged, one.rule, field, missing));
    if (one.rule.table !== undefined) findings.push(...faultsOfTable(scope, file, one.rule, form, context));
  }
  return [...findings, ...recommended(scope, file, form, [...missing.keys()])];
};

/** A file with the sidecars that apply to it, from the top downwards: they are looked for once, and for many fields. */
type FileWithOrigins = JudgedFile & { readonly sidecars: () => readonly string[] };

const formOf = ({ path, name }: JudgedFile): FileForm => {
  const parts = name ?? looseParts(path);
  const datatype = name?.datatype ?? (path.startsWith("phenotype/") ? "phenotype" : null);
  const modality = modalityOf(datatype);
  return { path: `/${path}`, datatype, modality, suffix: parts.suffix, extension: extensionOf(parts.extension) };
};

/** Folders that count as one file end in a slash. */
const extensionOf = (extension: string): string =>
  [".ds", ".mefd", ".ome.zarr", ".zarr"].includes(extension) ? `${extension}/` : extension;

/** Rules of the schema that rules of our own report with better messages. */
const covered: ReadonlySet<string> = new Set(["README_FILE_MISSING", "SUBJECT_FOLDERS", "PARTICIPANT_ID_MISMATCH"]);

const faultsOfChecks = (scope: Scope, { path }: JudgedFile, rule: FormRule, context: Context): DatasetFinding[] => {
  const { issue, checks } = rule;
  if (issue === null || covered.has(issue.code) || checks.every((check) => check.evaluate(context))) return [];
  // A mere hint is the same for a thousand files, and is reported for the first.
  if (rule.rule.path.startsWith("checks.privacy.") && !isNew(scope, issue.code)) return [];
  const message = issue.message.replaceAll(/\{([\w.]+)\}/g, (_, text: string) =>
    String(compileExpression(text).evaluate(context)),
  );
  const found = rule.rule.path.startsWith("checks.privacy.") ? "" : valuesOf(rule, context);
  return [
    schemaFinding(
      issue.code,
      issue.level === "error" ? "error" : "warning",
      rule.rule.path,
      scope.place.base + path,
      `${message.trimEnd()}${found}`,
    ),
  ];
};

const isNew = (scope: Scope, what: string): boolean => {
  if (scope.reported.has(what)) return false;
  scope.reported.add(what);
  return true;
};

const isDescription = (path: string): boolean => path === "dataset_description.json";

const faultsOfField = (
  scope: Scope,
  file: FileWithOrigins,
  rule: ContentRule,
  field: FieldRule,
  missing: Map<string, string>,
): DatasetFinding[] => {
  const { name, raised } = field;
  const ofSidecar = rule.path.startsWith("sidecars.");
  const values = ofSidecar ? file.metadata : (file.json ?? {});
  if (Object.hasOwn(values, name)) return faultsOfValue(scope, file, field, ofSidecar);
  const level = raised !== undefined && values[raised.key] === raised.value ? raised.level : field.level;
  // Metadata of derivatives are optional unless a rule speaks of derivatives.
  const isSpoken = rule.selectors.some((selector) => selector.includes("DatasetType"));
  if (scope.place.isDerivative && !isSpoken && !isDescription(file.path)) return [];
  if (level === "recommended") missing.set(name, rule.path);
  if (level !== "required") return [];
  const code = isDescription(file.path) ? "bad-description" : "missing-metadata";
  return [finding(code, scope.place.base + file.path, `is missing ${name}`, { field: name })];
};

/** A value is judged where it stands: once, and not for each file that inherits it. */
const faultsOfValue = (scope: Scope, file: FileWithOrigins, field: FieldRule, ofSidecar: boolean): DatasetFinding[] => {
  const { key, name } = field;
  const origin = ofSidecar ? originOf(scope, file, name) : file.path;
  const schema = metadataFields.get(key);
  if (schema === undefined || (ofSidecar && scope.judged.get(origin)?.has(name) === true)) return [];
  if (ofSidecar) {
    const names = scope.judged.get(origin) ?? new Set<string>();
    scope.judged.set(origin, names.add(name));
  }
  const fault = faultOfValue(schema, ofSidecar ? file.metadata[name] : file.json?.[name]);
  const code = isDescription(file.path) ? "bad-description" : "bad-metadata";
  return fault === null ? [] : [finding(code, scope.place.base + origin, `${name} ${fault}`, { field: name })];
};

/** The lowest sidecar that defines a field. */
const originOf = (scope: Scope, { sidecars, path }: FileWithOrigins, key: string): string =>
  sidecars().findLast((sidecar) => Object.hasOwn(scope.contents.get(sidecar) ?? {}, key)) ?? path;

const faultsOfTable = (
  scope: Scope,
  file: JudgedFile,
  { table }: ContentRule,
  form: FileForm,
  context: Context,
): DatasetFinding[] => {
  if (table === undefined || !form.extension.startsWith(".tsv")) return [];
  const columns = context.columns;
  if (!isColumns(columns) || Object.keys(columns).length === 0) return [];
  const full = scope.place.base + file.path;
  const faults = faultsOfColumns(table, columns, file.metadata, form.extension === ".tsv.gz" ? 1 : 2);
  const undefinedOnes = faults.filter(({ rule }) => rule === "undefined-column").map(({ message }) => message);
  const isReported =
    undefinedOnes.length === 0 || !isNew(scope, `${form.suffix} ${undefinedOnes.slice(0, 100).join()}`);
  return [
    ...faults
      .filter(({ rule }) => rule !== "undefined-column")
      .map(({ rule, message }) => finding(rule, full, message)),
    ...faultsOfAges(scope, file, columns.age),
    ...(isReported
      ? []
      : [finding("undefined-column", full, `its data dictionary does not define ${shortList(undefinedOnes)}`)]),
  ];
};

/** Ages that nobody can read for sure: of a unit that is none, of a code, of a text. */
const faultsOfAges = (scope: Scope, file: JudgedFile, cells: readonly string[] | undefined): DatasetFinding[] => {
  if (cells === undefined || !isTableOfPeople(file)) return [];
  const meaning = columnMeanings({ age: file.metadata.age ?? null }).get("age");
  const faults = cells.flatMap((cell) => readAge(readCell(cell), meaning).fault ?? []);
  const [first] = faults;
  if (first === undefined || !isNew(scope, `unknown-age ${first}`)) return [];
  const message = `has ${faults.length === 1 ? "an age that is" : `${faults.length} ages that are`} unknown in queries: ${first}`;
  return [finding("unknown-age", scope.place.base + file.path, message)];
};

/** Whether rows are attributes of people, their sessions, scans or samples. */
const isTableOfPeople = ({ path, name }: JudgedFile): boolean =>
  path === "participants.tsv" ||
  path === "samples.tsv" ||
  path.startsWith("phenotype/") ||
  name?.suffix === "sessions" ||
  name?.suffix === "scans";

const isColumns = (value: unknown): value is Readonly<Record<string, readonly string[]>> =>
  typeof value === "object" && value !== null;

/** Missing recommended fields are reported for the first of all files that are missing the same ones. */
const recommended = (
  scope: Scope,
  { path }: JudgedFile,
  form: FileForm,
  names: readonly string[],
): DatasetFinding[] => {
  if (names.length === 0) return [];
  const full = scope.place.base + path;
  if (isDescription(path)) return [finding("incomplete-description", full, `is missing ${shortList(names)}`)];
  if (!isNew(scope, `${form.datatype} ${form.suffix} ${names.join()}`)) return [];
  return [finding("recommended-metadata", full, `is missing ${shortList(names)} (reported once for files like this)`)];
};

const shortList = (names: readonly string[]): string =>
  names.length > maxNames
    ? `${names.slice(0, maxNames).join(", ")} and ${names.length - maxNames} more`
    : names.join(", ");

const maxNames = 40;
