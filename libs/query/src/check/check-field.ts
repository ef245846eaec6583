import { entityRules } from "@rollerblade/abids";
import { editsBetween, nearestNames } from "@rollerblade/abids/nearest-names";
import type { Syntax } from "../parse/syntax.ts";
import type { Fields, ValueType } from "./fields.ts";
import type { ElementNode, FieldNode, Step } from "./node.ts";
import { reservedWords } from "./reserved-words.ts";
import type { Scope } from "./scope.ts";

/** A name that may stand behind a dot; the reserved words of CEL may not (CEL specification, "Syntax"). */
const plainName = new RegExp(`^(?!(?:${reservedWords.join("|")})$)[A-Za-z_][A-Za-z0-9_]*$`);
const largestIndex = 2 ** 31 - 1;

const stepOf = (syntax: Syntax & { kind: "index" }, { refuse }: Scope): Step => {
  const { index } = syntax;
  if (index.kind !== "literal") return refuse(index, "Only a constant can stand in [ ]");
  if (typeof index.value === "string") return index.value;
  const valid =
    typeof index.value === "number" && Number.isInteger(index.value) && index.value >= 0 && index.value <= largestIndex;
  return valid && typeof index.value === "number" ? index.value : refuse(index, "An index is a whole number from 0");
};

const stepsOf = (syntax: Syntax, scope: Scope): { root: string; steps: Step[] } => {
  if (syntax.kind === "name") return { root: syntax.name, steps: [] };
  if (syntax.kind !== "member" && syntax.kind !== "index") return scope.refuse(syntax, "Only a field has parts");
  const { root, steps } = stepsOf(syntax.of, scope);
  return { root, steps: [...steps, syntax.kind === "member" ? syntax.name : stepOf(syntax, scope)] };
};

/** A path as it is written: `subject.age`, `subject["handedness (left)"]`, `metadata.SliceTiming[0]`. */
export const fieldName = (root: string, steps: readonly Step[]): string =>
  steps.reduce<string>((name, step) => {
    if (typeof step === "number") return `${name}[${step}]`;
    return plainName.test(step) ? `${name}.${step}` : `${name}[${JSON.stringify(step)}]`;
  }, root);

/** The long name of an entity is a common slip: `scan.entities.acquisition` is `scan.entities.acq`. */
export const entityFieldsLike = (name: string): string[] =>
  entityRules
    .filter(({ key, name: long }) => [`scan.entities.${long}`, `scan.${long}`, `scan.${key}`].includes(name))
    .map(({ key }) => `scan.entities.${key}`);

/** What people call fields elsewhere, in small letters, and how it is asked here. */
const otherNames: Readonly<Record<string, string>> = {
  ...{ sex: "subject.sex", gender: "subject.sex", group: "subject.group", handedness: "subject.handedness" },
  ...{ tr: "metadata.RepetitionTime", te: "metadata.EchoTime", repetitiontime: "metadata.RepetitionTime" },
  ...{ echotime: "metadata.EchoTime", flipangle: "metadata.FlipAngle", b: "dwi.bvalues.max()" },
  ...{ bval: "dwi.bvalues.max()", bvals: "dwi.bvalues.max()", bvalue: "dwi.bvalues.max()" },
  ...{ bvalues: "dwi.bvalues.max()", "dwi.b": "dwi.bvalues.max()", "dwi.bval": "dwi.bvalues.max()" },
  ...{ volumes: "image.volumes", nvols: "image.volumes", trial_type: "events.trial_type" },
  ...{ date: "date(scan.acq_time)", acq_time: "scan.acq_time", "scan.date": "date(scan.acq_time)" },
  ...{ "session.date": "date(session.acq_time)", site: "subject.site", sessions: "subject.sessions.size()" },
};

const suggestion = (name: string, fields: Fields): string | undefined => {
  const long = entityFieldsLike(name);
  const known = Object.keys(fields.known);
  const elsewhere = name.toLowerCase();
  if (Object.hasOwn(otherNames, elsewhere)) return `did you mean ${otherNames[elsewhere]}?`;
  // Without its group (`age`, `suffix`), a name is meant in full.
  const inGroups = known.filter((one) => one.endsWith(`.${name}`));
  const names = long.length > 0 ? long : inGroups.length > 0 ? inGroups.slice(0, 3) : nearestNames(name, known);
  return names.length > 0 ? `did you mean ${names.join(" or ")}?` : undefined;
};

const belowOpen = (name: string, fields: Fields): boolean =>
  fields.open.some((group) => name.startsWith(`${group}.`) || name.startsWith(`${group}[`));

/**
 * A scan's own fields are few, and a table may add to them: what is nearly one of them is a slip, and no column, unless
 * it is a word of other groups (`suffixes` of sessions), as which a table may well call a column.
 */
const isSlip = (name: string, steps: readonly Step[], fields: Fields): boolean =>
  name.startsWith("scan.") &&
  (steps[0] === "entities" ||
    (fields.columns !== true && entityFieldsLike(name).length > 0) ||
    (!isWordOfOthers(steps, fields) &&
      Object.keys(fields.known).some((known) => known.startsWith("scan.") && editsBetween(name, known) <= 2)));

const isWordOfOthers = ([word, ...more]: readonly Step[], { known, columns }: Fields): boolean =>
  columns === true && more.length === 0 && Object.hasOwn(known, `session.${word}`);

const isGroup = (name: string, fields: Fields): boolean =>
  fields.open.includes(name) || Object.keys(fields.known).some((known) => known.startsWith(`${name}.`));

/** A part of a dynamic field is dynamic; a part of anything else that is known does not exist. */
const partOfKnown = (root: string, steps: readonly Step[], fields: Fields): ValueType | undefined =>
  steps.map((_, index) => fields.known[fieldName(root, steps.slice(0, index))]).find((type) => type !== undefined);

const typeOfField = (syntax: Syntax, root: string, steps: readonly Step[], { fields, refuse }: Scope): ValueType => {
  const name = fieldName(root, steps);
  const known = Object.hasOwn(fields.known, name) ? fields.known[name] : undefined;
  if (known) return known;
  if (isGroup(name, fields))
    return refuse(syntax, `${name} is a group of fields`, `choose one, for example ${exampleOf(name, fields)}`);
  const parent = partOfKnown(root, steps, fields);
  if (parent === "dynamic" || (parent === undefined && belowOpen(name, fields) && !isSlip(name, steps, fields)))
    return "dynamic";
  return refuse(syntax, `Unknown field ${name}`, suggestion(name, fields));
};

/** The advice for a text that was written without quotes; undefined for what may be a field after all. */
export const unquotedText = (syntax: Syntax, { fields, elements }: Scope): string | undefined =>
  syntax.kind !== "name" ||
  elements.has(syntax.name) ||
  Object.hasOwn(fields.known, syntax.name) ||
  isGroup(syntax.name, fields) ||
  suggestion(syntax.name, { ...fields, known: {} }) !== undefined ||
  Object.keys(fields.known).some((known) => known.endsWith(`.${syntax.name}`))
    ? undefined
    : `write "${syntax.name}" for the text`;

const exampleOf = (group: string, { known }: Fields): string =>
  Object.keys(known).find((name) => name.startsWith(`${group}.`)) ?? `${group}.NAME`;

/**
 * The field that is meant, or the element of a list that goes by this name. Throws a `Problem` with the nearest names.
 */
export const checkField = (syntax: Syntax, scope: Scope): FieldNode | ElementNode => {
  const element = syntax.kind === "name" ? scope.elements.get(syntax.name) : undefined;
  if (element) return element;
  const { root, steps } = stepsOf(syntax, scope);
  if (scope.elements.has(root)) return scope.refuse(syntax, `${root} is an element of a list and has no parts`);
  const type = typeOfField(syntax, root, steps, scope);
  return { kind: "field", type, name: fieldName(root, steps), path: [root, ...steps] };
};
