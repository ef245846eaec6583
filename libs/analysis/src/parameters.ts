import { createHash } from "node:crypto";
import { canonicalJson, isJsonObject, type Json, type JsonObject } from "@rollerblade/abids";
import { didYouMean } from "@rollerblade/abids/nearest-names";
import { type Finding, Problem } from "@rollerblade/errors";
import type { ErrorObject, ValidateFunction } from "ajv";
import { faultOfValue } from "./exact-values.ts";
import { sizeOfJson } from "./json-size.ts";
import type { Manifest } from "./manifest.ts";
import { compileSchema } from "./parameter-schema.ts";
import { argumentsWithParameters } from "./placeholders.ts";

/** The names of all declared parameters. */
export const parameterNames = (schema: JsonObject): string[] => Object.keys(objectOf(schema.properties));

/** The names of the parameters that always have a value: by default, or because they are required. */
export const certainParameters = (schema: JsonObject): string[] => {
  const properties = objectOf(schema.properties);
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.keys(properties).filter((name) => "default" in objectOf(properties[name]) || required.includes(name));
};

/** Limits of the parameters of one run, whatever their schema allows. */
const parameterLimits = {
  /** Levels of objects and lists within each other. */
  maxDepth: 32,
  /** Values in all. */
  maxValues: 5_000,
  /** Characters of all texts and names. */
  maxLetters: 1_048_576,
} as const;

/**
 * The parameters with every default filled in.
 * @throws Problem `invalid` with a finding for each that the schema refuses; unknown ones are refused too, and whatever is beyond the
 *   limits
 */
export const resolveParameters = (manifest: Manifest, given: JsonObject): JsonObject => {
  const fault = faultOfSize(given);
  if (fault !== undefined) throw refused(manifest, [{ where: "parameters", message: fault }]);
  const validate = validatorOf(manifest);
  const parameters: JsonObject = structuredClone(given);
  const known = parameterNames(manifest.parameters);
  const findings = validate(parameters)
    ? faultsOfValues(manifest, parameters)
    : (validate.errors ?? []).slice(0, maxFindings).map((error) => findingOf(error, known));
  if (findings.length === 0) return parameters;
  throw refused(manifest, findings, known);
};

const faultOfSize = (given: JsonObject): string | undefined => {
  const { depth, values, letters } = sizeOfJson(given);
  if (depth > parameterLimits.maxDepth) return `are nested deeper than ${parameterLimits.maxDepth} levels`;
  if (values > parameterLimits.maxValues) return `are more than ${parameterLimits.maxValues} values`;
  return letters > parameterLimits.maxLetters ? `have more than ${parameterLimits.maxLetters} characters` : undefined;
};

const refused = ({ name, version }: Manifest, findings: readonly Finding[], known?: readonly string[]): Problem =>
  new Problem({
    code: "invalid",
    message: `${name} ${version} refuses its parameters: ${findings.map((one) => `${one.where} ${one.message}`).join("; ")}.`,
    subject: `${name} ${version}`,
    ...(known !== undefined && {
      next: known.length === 0 ? "It takes no parameters." : `It takes ${known.join(", ")}.`,
    }),
    findings,
  });

/** Linux refuses to start a program with a longer argument (`MAX_ARG_STRLEN`, 32 pages of 4 KiB, of which NUL takes one byte). */
const maxArgumentBytes = 32 * 4_096 - 1;

/** Finds what the schema lets through and yet would not arrive as it was given. */
const faultsOfValues = ({ command, process }: Manifest, parameters: JsonObject): Finding[] => {
  const faults = Object.entries(parameters).flatMap(([where, value]) => {
    const message = faultOfValue(where) ?? faultOfValue(value);
    return message === undefined ? [] : [{ where, message }];
  });
  if (faults.length > 0) return faults;
  return argumentsWithParameters([...(command ?? []), ...(process ?? [])], parameters).flatMap(({ text, names }) => {
    const bytes = Buffer.byteLength(text);
    const message = `is too long for an argument of the command, which may have ${maxArgumentBytes} bytes (it would have ${bytes}); let the program read it from slice.json`;
    return bytes <= maxArgumentBytes ? [] : names.map((where) => ({ where, message }));
  });
};

/**
 * Lists what the schema says against one value, whatever the other parameters are. A schema that leaves the type open (no word of it
 * names one) takes the type of its default.
 */
export const faultsOfParameter = (manifest: Manifest, name: string, value: Json): string[] => {
  const validate = validatorOf(manifest);
  const path = `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  const faults = validate(Object.fromEntries([[name, value]]))
    ? []
    : (validate.errors ?? []).filter(
        ({ instancePath }) => instancePath === path || instancePath.startsWith(`${path}/`),
      );
  if (faults.length > 0) return faults.map(messageOf);
  const properties = objectOf(manifest.parameters.properties);
  const schema = objectOf(Object.hasOwn(properties, name) ? properties[name] : undefined);
  const isOpen = !typeWords.some((word) => Object.hasOwn(schema, word));
  if (!isOpen || schema.default === undefined || typeOf(schema.default) === typeOf(value)) return [];
  return [`must be ${typeOf(schema.default)}, as its default is`];
};

/** Words of JSON Schema that say something about the type of a value. */
const typeWords = ["type", "enum", "const", "anyOf", "oneOf", "allOf", "not", "if", "$ref"];

const typeOf = (value: Json): string => {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
};

/** Eight hex digits of parameters that differ from the defaults, else empty; it becomes part of folder names. */
export const parametersHash = (manifest: Manifest, parameters: JsonObject): string => {
  const text = canonicalJson(parameters);
  return text === defaultsOf(manifest) ? "" : hashOf(text);
};

/**
 * The same for an execution on a part of its slice, which a query chose: each query has a folder of its own, so that a table of the
 * patients never takes the place of everybody's.
 */
export const parametersHashOfPart = (parameters: JsonObject, query: string): string =>
  hashOf(canonicalJson({ parameters, query }));

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);

/** The defaults as canonical JSON, or undefined where something is required without one, or the schema cannot be used. */
const defaultsOf = (manifest: Manifest): string | undefined => {
  const defaults: JsonObject = {};
  try {
    return validatorOf(manifest)(defaults) ? canonicalJson(defaults) : undefined;
  } catch {
    return undefined;
  }
};

/** A person reads no more at once. */
const maxFindings = 50;

const validators = new WeakMap<JsonObject, ValidateFunction>();

/** @throws Problem `invalid` for a schema that cannot be used, as one may be that was stored before there were limits */
const validatorOf = (manifest: Manifest): ValidateFunction => {
  const { parameters: schema } = manifest;
  const known = validators.get(schema);
  if (known !== undefined) return known;
  try {
    const validate = compileSchema(schema);
    validators.set(schema, validate);
    return validate;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Problem(
      {
        code: "invalid",
        message: `The JSON Schema of the parameters of ${manifest.name} ${manifest.version} cannot be used: ${message}.`,
        subject: `${manifest.name} ${manifest.version}`,
        next: "Create a new version of the analysis with a schema that can be used.",
      },
      { cause: error },
    );
  }
};

const findingOf = (error: ErrorObject, known: readonly string[]): Finding => {
  const where = error.instancePath.slice(1).replaceAll("/", ".");
  const unknown: unknown = error.params.additionalProperty;
  if (typeof unknown === "string" && where === "") {
    return { where: unknown, message: `is not a parameter${didYouMean(unknown, known)}` };
  }
  return { where: where === "" ? "parameters" : where, message: `${messageOf(error)}${remedyOf(error)}` };
};

const messageOf = ({ keyword, message, params }: ErrorObject): string => {
  const allowed: unknown = keyword === "enum" ? params.allowedValues : undefined;
  return `${message ?? keyword}${allowed === undefined ? "" : `: ${JSON.stringify(allowed)}`}`;
};

/** Most values that are not texts, and should be, were written without quotes. */
const remedyOf = ({ keyword, params, data }: ErrorObject): string => {
  const wanted: unknown = keyword === "type" ? params.type : undefined;
  if (wanted !== "string" || data === undefined) return "";
  return `, and ${JSON.stringify(data)} is not: put it in quotes`;
};

const objectOf = (value: Json | undefined): JsonObject => (value !== undefined && isJsonObject(value) ? value : {});
