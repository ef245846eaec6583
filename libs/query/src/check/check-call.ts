import { nearestNames } from "@rollerblade/abids/nearest-names";
import type { Syntax } from "../parse/syntax.ts";
import { daysSince1970 } from "./date.ts";
import { functionForms } from "./function-forms.ts";
import type { ElementNode, Node } from "./node.ts";
import { compilePattern, type Pattern } from "./pattern.ts";
import { expected, mayBeUnknown, type Scope, settledIndex } from "./scope.ts";

type Call = Syntax & { kind: "call" };
type CheckCall = (call: Call, subject: Syntax, args: readonly Syntax[], scope: Scope) => Node;

const only = (call: Call, args: readonly Syntax[], scope: Scope): Syntax => {
  const [first] = args;
  return args.length === 1 && first ? first : scope.refuse(call, `${call.name} takes one argument`);
};

const textTest =
  (test: "startsWith" | "endsWith" | "contains"): CheckCall =>
  (call, subject, args, scope) => {
    const part = only(call, args, scope);
    const text = (syntax: Syntax): Node => expected(scope.check(syntax, scope), "text", syntax, scope);
    return { kind: "text", type: "boolean", test, subject: text(subject), part: text(part) };
  };

const patternOf = (at: Syntax, { refuse }: Scope): Pattern => {
  if (at.kind !== "literal" || typeof at.value !== "string") return refuse(at, "matches takes a constant pattern");
  try {
    return compilePattern(at.value);
  } catch (error) {
    return refuse(at, `This pattern cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const matches: CheckCall = (call, subject, args, scope) => {
  const pattern = patternOf(only(call, args, scope), scope);
  return {
    kind: "matches",
    type: "boolean",
    subject: expected(scope.check(subject, scope), "text", subject, scope),
    pattern,
  };
};

const size: CheckCall = (_call, subject, args, scope) => {
  if (args.length > 0) return scope.refuse(subject, "size takes one argument");
  const operand = settledIndex(scope.check(subject, scope), "text");
  if (operand.type === "number" || operand.type === "boolean")
    return scope.refuse(subject, "Only text, lists and objects have a size");
  return { kind: "size", type: "number", operand };
};

const extreme =
  (which: "min" | "max"): CheckCall =>
  (call, subject, args, scope) => {
    if (args.length > 0) return scope.refuse(call, `${which} takes no argument`, `write LIST.${which}()`);
    const operand = scope.check(subject, scope);
    if (operand.type !== "dynamic") return scope.refuse(subject, `Only a list of numbers has a ${which}`);
    return { kind: "extreme", type: "number", which, operand };
  };

/** `exists` and `all` walk through a list under a name that hides fields of that name. */
const walk =
  (kind: "some" | "every"): CheckCall =>
  (call, subject, args, scope) => {
    const [name, condition] = args;
    if (args.length !== 2 || name?.kind !== "name" || !condition)
      return scope.refuse(call, `${call.name} takes a name and a condition`);
    if (scope.elements.has(name.name)) return scope.refuse(name, `${name.name} already names another element`);
    const list = scope.check(subject, scope);
    if (list.type !== "dynamic") return scope.refuse(subject, `${call.name} needs a list`);
    const element: ElementNode = { kind: "element", type: "dynamic", name: name.name, id: scope.elements.size };
    const inside = { ...scope, elements: new Map(scope.elements).set(name.name, element) };
    return {
      kind,
      type: "boolean",
      list,
      element,
      body: expected(inside.check(condition, inside), "boolean", condition, inside),
    };
  };

const methods: Readonly<Record<string, CheckCall>> = {
  startsWith: textTest("startsWith"),
  endsWith: textTest("endsWith"),
  contains: textTest("contains"),
  matches,
  size,
  min: extreme("min"),
  max: extreme("max"),
  exists: walk("some"),
  all: walk("every"),
};

const has = (call: Call, scope: Scope): Node => {
  const asked = only(call, call.args, scope);
  const operand = scope.check(asked, scope);
  if (!mayBeUnknown(operand) || operand.kind === "element")
    return scope.refuse(asked, "has() asks whether a field is known");
  return { kind: "has", type: "boolean", operand };
};

/** How other languages call what is called otherwise here. */
const otherNames: Readonly<Record<string, string>> = {
  count: "size",
  len: "size",
  length: "size",
  any: "exists",
  some: "exists",
  every: "all",
  like: "matches",
  regex: "matches",
  includes: "contains",
};

/** Functions of other languages that read a text as a time. */
const timeFunctions: ReadonlySet<string> = new Set(["timestamp", "datetime", "to_date", "strptime", "parse_date"]);

/** Lists that are counted under their bare names: `count(sessions)`. */
const listNames: Readonly<Record<string, string>> = {
  sessions: "subject.sessions",
  scans: "subject.scans",
  subjects: "dataset.subjects",
};

const dotted = (syntax: Syntax): string | null => {
  if (syntax.kind === "name") return listNames[syntax.name] ?? syntax.name;
  if (syntax.kind !== "member") return null;
  const of = syntax.of.kind === "name" ? syntax.of.name : dotted(syntax.of);
  return of === null ? null : `${of}.${syntax.name}`;
};

/** What a call should have been, in the words of its own argument; undefined where that cannot be said. */
const rewritten = ({ name, on, args }: Call): string | undefined => {
  const method = Object.hasOwn(otherNames, name) ? (otherNames[name] ?? name) : name;
  const [subject, ...others] = on === null ? args : [on, ...args];
  const field = subject === undefined ? null : dotted(subject);
  if (on === null && timeFunctions.has(name.toLowerCase())) return `write date(${field ?? '"2024-09-01"'})`;
  if (field === null) return undefined;
  if (on === null && method === "exists" && others.length === 0) return `write has(${field})`;
  if (!Object.hasOwn(methods, method)) return undefined;
  const inside = { size: "", min: "", max: "", exists: "x, CONDITION", all: "x, CONDITION" }[method] ?? '"…"';
  return `write ${field}.${method}(${inside})`;
};

const unknownCall = (call: Call, names: readonly string[], scope: Scope): never => {
  const [near] = nearestNames(call.name, names);
  const advice = rewritten(call) ?? (near ? `did you mean ${near}?` : `there are ${functionForms.join(", ")}`);
  return scope.refuse(call, `Unknown function ${call.name}`, advice);
};

const checkMethod = (call: Call, on: Syntax, scope: Scope): Node => {
  const method = Object.hasOwn(methods, call.name) ? methods[call.name] : undefined;
  return method ? method(call, on, call.args, scope) : unknownCall(call, Object.keys(methods), scope);
};

const reference = /^([A-Za-z0-9][A-Za-z0-9_.-]*?)(?:@\^?(\d+(?:\.\d+){0,2}(?:-[0-9A-Za-z.-]+)?))?$/;

/** `has.derivative("brain-mask@1.2", "mask")`: made from the scan, or from what it is a part of. */
const derivative = (call: Call, scope: Scope): Node => {
  if (scope.fields.derivatives !== true)
    return scope.refuse(
      call,
      "has.derivative can be asked in queries only",
      "a rule expresses it by `on: {derivative: …}`",
    );
  const texts = call.args.map((arg) =>
    arg.kind === "literal" && typeof arg.value === "string"
      ? arg.value
      : scope.refuse(arg, "has.derivative takes constant texts"),
  );
  const [, analysis, version] = reference.exec(texts[0] ?? "") ?? [];
  if (analysis === undefined || texts.length > 2)
    return scope.refuse(
      call,
      "has.derivative takes an analysis, and at most an output of it",
      'like has.derivative("brain-mask@1.2", "mask")',
    );
  return {
    kind: "derivative",
    type: "boolean",
    wanted: { analysis, version: version ?? null, output: texts[1] ?? null },
  };
};

/** `result("tsnr")`: the value that a tag of a pipeline document shows of the scan, or of what it is a part of. */
const result = (call: Call, scope: Scope): Node => {
  if (scope.fields.results !== true)
    return scope.refuse(
      call,
      "result can be asked in queries of what there is now only",
      "a rule expresses it by an analysis that takes the output",
    );
  const [tag, document, ...more] = call.args.map((arg) =>
    arg.kind === "literal" && typeof arg.value === "string"
      ? arg.value
      : scope.refuse(arg, "result takes constant texts"),
  );
  if (tag === undefined || tag === "" || more.length > 0)
    return scope.refuse(call, "result takes a tag, and at most its document", 'like result("tsnr", "quality")');
  return { kind: "result", type: "dynamic", wanted: { tag, document: document ?? null } };
};

/** `date(scan.acq_time)`: days since 1970, which can be compared, subtracted and divided as any number. */
const date = (call: Call, scope: Scope): Node => {
  const asked = only(call, call.args, scope);
  const operand = expected(scope.check(asked, scope), "text", asked, scope);
  if (operand.kind === "literal" && typeof operand.value === "string" && daysSince1970(operand.value) === undefined)
    return scope.refuse(
      asked,
      `${JSON.stringify(operand.value)} is not a date`,
      'write it as BIDS does: "2024-09-01" or "2024-09-01T12:30:00"',
    );
  return { kind: "date", type: "number", operand };
};

const functions: Readonly<Record<string, (call: Call, scope: Scope) => Node>> = {
  has,
  result,
  date,
  size: (call, scope) => size(call, only(call, call.args, scope), [], scope),
};

/** The checked form of a function or method call. Throws a `Problem` for unknown names and wrong arguments. */
export const checkCall = (call: Call, scope: Scope): Node => {
  if (call.on?.kind === "name" && call.on.name === "has" && call.name === "derivative") return derivative(call, scope);
  if (call.on) return checkMethod(call, call.on, scope);
  const known = Object.hasOwn(functions, call.name) ? functions[call.name] : undefined;
  return known ? known(call, scope) : unknownCall(call, Object.keys(functions), scope);
};
