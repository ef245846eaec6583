import { canonicalJson, isJsonObject, type Json, type JsonObject } from "@rollerblade/abids";
import type { Finding } from "@rollerblade/errors";
import { Ajv, type ValidateFunction } from "ajv";
import { RE2JS } from "re2js";
import { sizeOfJson } from "./json-size.ts";
import { minStatesOf } from "./pattern-states.ts";

/**
 * Limits of the schema of an analysis' parameters. Checking costs at most `maxNodes` times the size of what is checked, and compiling a
 * schema of that size takes some 30 ms.
 */
const schemaLimits = {
  /** Levels of objects and lists within each other. */
  maxDepth: 32,
  /** Values of the schema, with every `$ref` counted as often as it is followed. */
  maxNodes: 2_000,
  /** Characters of one pattern. */
  maxPatternLength: 500,
  /** Characters of a text that a pattern can match. */
  maxMatchedLength: 65_536,
  /** States of all patterns together (RE2's program size), counted like the nodes. */
  maxPatternStates: 2_000,
} as const;

/**
 * Lists what keeps a JSON Schema from being used for parameters, each with its place in the schema. A schema is written by a user, so it
 * may neither name others (`$id`, remote `$ref`) nor cost more than the limits, and its patterns must be those of RE2, which never
 * backtrack.
 */
export const faultsOfSchema = (schema: JsonObject): Finding[] => {
  const size = sizeOfJson(schema);
  if (size.depth > schemaLimits.maxDepth)
    return [{ where: "", message: `is nested deeper than ${schemaLimits.maxDepth} levels` }];
  if (size.values > schemaLimits.maxNodes)
    return [{ where: "", message: `has more than ${schemaLimits.maxNodes} values` }];
  const shape = faultsOfShape(schema);
  if (shape.length > 0) return shape;
  const reader = new SchemaReader(schema);
  const { nodes, states } = reader.costOf(schema, "");
  if (reader.faults.length > 0) return reader.faults;
  if (nodes > schemaLimits.maxNodes)
    return [{ where: "", message: `has more than ${schemaLimits.maxNodes} values once every $ref is followed` }];
  if (states > schemaLimits.maxPatternStates)
    return [{ where: "", message: "has patterns that are too large together; shorten them or their repetitions" }];
  try {
    generate(schema);
    return [];
  } catch (error) {
    return [{ where: "", message: error instanceof Error ? error.message : String(error) }];
  }
};

/**
 * Compiles the schema of parameters, which adds the defaults of absent ones to what it checks.
 * @throws Error with the first fault
 */
export const compileSchema = (schema: JsonObject): ValidateFunction => {
  const [fault] = faultsOfSchema(schema);
  if (fault === undefined) return generate(schema);
  throw new Error(fault.where === "" ? fault.message : `${fault.where} ${fault.message}`);
};

/** Checks schemas against the meta-schema of JSON Schema, and is never given one to keep. */
const metaSchema = new Ajv({ strict: false, logger: false });

const faultsOfShape = (schema: JsonObject): Finding[] => {
  // Which draft it is written for is checked with the other keywords.
  const { $schema: _, ...others } = schema;
  if (metaSchema.validateSchema(others) === true) return [];
  return (metaSchema.errors ?? [])
    .slice(0, 10)
    .map(({ instancePath, message = "is not valid" }) => ({ where: placeOf(instancePath), message }));
};

/** Compiles with an Ajv of its own, so that no schema shares names, keywords or failures with another. */
const generate = (schema: JsonObject): ValidateFunction => {
  const { $schema: _, ...others } = schema;
  return freshAjv().compile({ type: "object", additionalProperties: false, ...others });
};

const freshAjv = (): Ajv => {
  const ajv = new Ajv({
    useDefaults: true,
    allErrors: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    addUsedSchema: false,
    // A parameter may be called `constructor`.
    ownProperties: true,
    // `faultsOfSchema` has done it; compiling the meta-schema takes longer than all else.
    meta: false,
    validateSchema: false,
    logger: false,
    // Messages quote what was given.
    verbose: true,
    code: { regExp: linearRegExp },
  });
  // Ajv's own compares each item with each other one.
  ajv.removeKeyword("uniqueItems");
  ajv.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    validate: (isUnique: boolean, items: readonly Json[]) => !isUnique || hasNoDuplicates(items),
    error: { message: "must NOT have duplicate items" },
  });
  return ajv;
};

const hasNoDuplicates = (items: readonly Json[]): boolean => new Set(items.map(canonicalJson)).size === items.length;

/** RE2 in place of JavaScript's RegExp. Ajv tells patterns apart by their text. */
const linearRegExp = Object.assign(
  (pattern: string) => {
    const compiled = compilePattern(pattern);
    const test = (text: string) => text.length <= schemaLimits.maxMatchedLength && compiled.test(text);
    return { test, toString: () => pattern };
  },
  // Only for code that Ajv writes to a file, which it never does here.
  { code: "linearRegExp" },
);

/** JSON Schema takes the patterns of JavaScript, whose letters with a backslash differ a little from RE2's. */
const compilePattern = (pattern: string): RE2JS => RE2JS.compile(RE2JS.translateRegExp(pattern));

type Cost = { readonly nodes: number; readonly states: number };

/** Keywords whose value is a schema, a list of schemas, or a map of schemas (JSON Schema draft 7, "Validation"). */
const schemaKeywords = new Set([
  ...["additionalItems", "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"],
  ...["allOf", "anyOf", "oneOf"],
]);
const mapKeywords = new Set(["properties", "patternProperties", "dependencies", "definitions", "$defs"]);
/** Definitions cost nothing until a `$ref` follows them. */
const definitionKeywords = new Set(["definitions", "$defs"]);

/** Keywords that give a schema a name for others, or let it speak of another one. */
const sharedKeywords = new Set([
  "$id",
  "id",
  "$anchor",
  "$dynamicAnchor",
  "$dynamicRef",
  "$recursiveRef",
  "$vocabulary",
]);

/** Drafts whose keywords are those of draft 7 as far as this knows them; what is new in a later one is refused by its name. */
const knownDraft = /^https?:\/\/json-schema\.org\/(draft-0[67]|draft\/2019-09|draft\/2020-12)\/schema#?$/;

/** Walks a schema along its keywords, so that a parameter called `$id` is not a keyword. */
class SchemaReader {
  readonly faults: Finding[] = [];
  readonly #whole: JsonObject;
  readonly #known = new Map<JsonObject, Cost>();
  readonly #open = new Set<JsonObject>();
  /** States of the patterns that were compiled so far, each counted once. */
  #compiled = 0;

  constructor(whole: JsonObject) {
    this.#whole = whole;
  }

  /** The cost of a sub-schema, with what its references cost. */
  costOf(schema: Json, where: string): Cost {
    if (!isJsonObject(schema)) return { nodes: 1, states: 0 };
    const known = this.#known.get(schema);
    if (known !== undefined) return known;
    if (this.#open.has(schema)) return this.#refuse(where, "leads back to itself; a schema of parameters cannot recur");
    this.#open.add(schema);
    const cost = sum(
      Object.entries(schema).map(([keyword, value]) => this.#costOfKeyword(schema, keyword, value, where)),
    );
    this.#open.delete(schema);
    this.#known.set(schema, cost);
    return cost;
  }

  #costOfKeyword(schema: JsonObject, keyword: string, value: Json, parent: string): Cost {
    const where = within(parent, keyword);
    if (sharedKeywords.has(keyword))
      return this.#refuse(where, "is not allowed: the schema of parameters stands alone");
    if (keyword === "$async") return this.#refuse(where, "is not allowed");
    if (keyword === "$schema") return this.#costOfDraft(schema, value, where);
    if (keyword === "$ref") return this.#costOfReference(value, where);
    if (keyword === "pattern") return this.#costOfPattern(value, where);
    if (schemaKeywords.has(keyword)) return this.#costOfSchemas(value, where);
    if (mapKeywords.has(keyword)) return this.#costOfMap(keyword, value, where);
    return { nodes: sizeOfJson(value).values, states: 0 };
  }

  #costOfSchemas(value: Json, where: string): Cost {
    if (!Array.isArray(value)) return plusOne(this.costOf(value, where));
    return plusOne(sum(value.map((one, index) => this.costOf(one, within(where, String(index))))));
  }

  #costOfMap(keyword: string, value: Json, where: string): Cost {
    if (!isJsonObject(value)) return { nodes: 1, states: 0 };
    const costs = Object.entries(value).map(([name, one]) => {
      const place = within(where, name);
      if (name === "__proto__") return this.#refuse(place, "is not allowed as a name");
      // `dependencies` may list names instead.
      const cost = Array.isArray(one) ? { nodes: one.length, states: 0 } : this.costOf(one, place);
      return keyword === "patternProperties" ? sum([cost, this.#costOfPattern(name, place)]) : cost;
    });
    return definitionKeywords.has(keyword) ? { nodes: 0, states: 0 } : plusOne(sum(costs));
  }

  #costOfDraft(schema: JsonObject, value: Json, where: string): Cost {
    if (schema !== this.#whole) return this.#refuse(where, "may stand at the top of the schema only");
    if (typeof value === "string" && knownDraft.test(value)) return { nodes: 1, states: 0 };
    return this.#refuse(
      where,
      "is not a draft of JSON Schema that can be used here; write http://json-schema.org/draft-07/schema",
    );
  }

  #costOfReference(value: Json, where: string): Cost {
    const target = typeof value === "string" ? targetOf(this.#whole, value) : undefined;
    if (target !== undefined) return plusOne(this.costOf(target, where));
    return this.#refuse(where, "must refer to a part of this schema, like #/definitions/threshold");
  }

  #costOfPattern(value: Json, where: string): Cost {
    if (typeof value !== "string") return this.#refuse(where, "must be a text");
    if (value.length > schemaLimits.maxPatternLength)
      return this.#refuse(where, `is longer than ${schemaLimits.maxPatternLength} characters`);
    // Compiling takes as long as the program is large, so it ends once the limit is passed for sure.
    const atLeast = minStatesOf(value);
    if (this.#compiled + atLeast > schemaLimits.maxPatternStates) return { nodes: 1, states: tooManyStates };
    try {
      const states = compilePattern(value).programSize();
      this.#compiled += states;
      return { nodes: 1, states };
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, "") : String(error);
      return this.#refuse(
        where,
        `is not a regular expression of RE2, which is used because it never backtracks: ${reason}`,
      );
    }
  }

  #refuse(where: string, message: string): Cost {
    this.faults.push({ where, message });
    return { nodes: 0, states: 0 };
  }
}

/** A cost beyond the limit, whatever it is exactly. */
const tooManyStates = schemaLimits.maxPatternStates + 1;

const sum = (costs: readonly Cost[]): Cost => ({
  nodes: costs.reduce((total, { nodes }) => total + nodes, 0),
  states: costs.reduce((total, { states }) => total + states, 0),
});

const plusOne = ({ nodes, states }: Cost): Cost => ({ nodes: nodes + 1, states });

const within = (parent: string, name: string): string => (parent === "" ? name : `${parent}.${name}`);

/** What a local reference points at (RFC 6901), or undefined. */
const targetOf = (whole: JsonObject, reference: string): Json | undefined => {
  if (reference === "#") return whole;
  if (!reference.startsWith("#/")) return undefined;
  let at: Json | undefined = whole;
  for (const step of reference.slice(2).split("/")) {
    const key = unescaped(step);
    if (key === undefined || at === undefined || at === null || typeof at !== "object" || !Object.hasOwn(at, key))
      return undefined;
    at = Array.isArray(at) ? at[Number(key)] : isJsonObject(at) ? at[key] : undefined;
  }
  return at;
};

const unescaped = (step: string): string | undefined => {
  try {
    return decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return undefined;
  }
};

/** A JSON pointer as a place: `/properties/a` is `properties.a`. */
const placeOf = (pointer: string): string =>
  pointer
    .slice(1)
    .split("/")
    .map((step) => unescaped(step) ?? step)
    .join(".");
