import { isJsonList, type Json, type JsonObject } from "@rollerblade/abids";
import type { DescriptorGroup, DescriptorInput, ReadableDescriptor } from "./descriptor.ts";
import type { Note } from "./draft.ts";

/** The JSON Schema of the parameters of a descriptor. */
export type ParameterSchema = {
  readonly type: "object";
  readonly properties: Record<string, JsonObject>;
  readonly required?: string[];
  readonly dependencies?: Record<string, string[]>;
  readonly allOf?: JsonObject[];
};

/**
 * Makes the schema of the inputs that are parameters, with what the descriptor says of one and another: groups, what requires and what
 * disables what.
 * @param invocation values that become defaults
 */
export const parametersOf = (
  { inputs, groups }: ReadableDescriptor,
  isParameter: (input: DescriptorInput) => boolean,
  invocation: JsonObject,
): { readonly schema: ParameterSchema; readonly notes: readonly Note[] } => {
  const own = inputs.filter(isParameter);
  const notes: Note[] = [];
  const properties: Record<string, JsonObject> = {};
  for (const input of own) {
    const given = invocation[input.id];
    const isPath = JSON.stringify(given ?? "").includes("[[");
    const value = isPath ? undefined : given;
    properties[input.id] = propertyOf(input, value);
    if (value !== undefined)
      notes.push({ path: ["parameters", "properties", input.id], text: "the default is the invocation's" });
  }
  const byId = new Map(own.map((input) => [input.id, input]));
  const required = own
    // A flag that nobody gives is not set, also where its descriptor forgets to call it optional.
    .filter((input) => !input.optional && input.type !== "Flag" && properties[input.id]?.default === undefined)
    .map(({ id }) => id);
  const isOpen = (id: string): boolean => byId.has(id) && properties[id]?.default === undefined;
  const dependencies = Object.fromEntries(
    own.flatMap((input) => {
      const needed = input["requires-inputs"].filter((id) => isOpen(id) && id !== input.id);
      return needed.length === 0 || !isOpen(input.id) || input.type === "Flag" ? [] : [[input.id, needed] as const];
    }),
  );
  const allOf = [
    ...own.flatMap((input) => rulesOf(input, byId, isOpen)),
    ...groups.flatMap((group) => rulesOfGroup(group, byId, isOpen)),
  ];
  const schema: ParameterSchema = {
    type: "object",
    properties,
    ...(required.length > 0 && { required }),
    ...(Object.keys(dependencies).length > 0 && { dependencies }),
    ...(allOf.length > 0 && { allOf }),
  };
  return { schema, notes };
};

/** Characters of a description that help a person at a prompt. */
const maxDescription = 300;

const propertyOf = (input: DescriptorInput, given: Json | undefined): JsonObject => {
  const { list, "value-choices": choices, "default-value": byDefault, description, name } = input;
  const one: JsonObject = {
    ...typeOf(input),
    ...(choices !== undefined && choices.length > 0 && { enum: choices.map((choice) => typedValue(input, choice)) }),
    ...boundsOf(input),
  };
  const text = (description ?? name ?? "").replace(/\s+/g, " ").trim();
  const written = defaultOf(input, given ?? byDefault);
  return {
    ...(text !== "" && { description: text.length > maxDescription ? `${text.slice(0, maxDescription - 1)}…` : text }),
    ...(list
      ? {
          type: "array",
          items: one,
          ...(input["min-list-entries"] !== undefined && { minItems: input["min-list-entries"] }),
          ...(input["max-list-entries"] !== undefined && { maxItems: input["max-list-entries"] }),
        }
      : one),
    ...(written !== undefined && { default: written }),
  };
};

const typeOf = ({ type, integer }: DescriptorInput): JsonObject => {
  if (type === "Flag") return { type: "boolean" };
  if (type === "Number") return { type: integer ? "integer" : "number" };
  return { type: "string" };
};

/** Draft 7 has its exclusive bounds as numbers, Boutiques as marks at the others. */
const boundsOf = (input: DescriptorInput): JsonObject => {
  if (input.type !== "Number") return {};
  const { minimum, maximum } = input;
  return {
    ...(minimum !== undefined && { [input["exclusive-minimum"] ? "exclusiveMinimum" : "minimum"]: minimum }),
    ...(maximum !== undefined && { [input["exclusive-maximum"] ? "exclusiveMaximum" : "maximum"]: maximum }),
  };
};

/** Descriptors write numbers as texts now and then, and the reverse. */
const typedValue = ({ type }: DescriptorInput, value: Json): Json => {
  if (type === "Number" && typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)))
    return Number(value);
  return type === "String" || type === "File" ? (typeof value === "string" ? value : JSON.stringify(value)) : value;
};

const defaultOf = (input: DescriptorInput, value: Json | undefined): Json | undefined => {
  if (value === undefined || value === null) return undefined;
  if (input.type === "Flag") return value === true ? true : undefined;
  if (!input.list) return isJsonList(value) ? undefined : typedValue(input, value);
  return (isJsonList(value) ? value : [value]).map((item) => typedValue(input, item));
};

/** That an input is given: a flag counts where it is set. */
const given = (id: string, byId: ReadonlyMap<string, DescriptorInput>): JsonObject =>
  byId.get(id)?.type === "Flag" ? { required: [id], properties: { [id]: { const: true } } } : { required: [id] };

const implies = (one: JsonObject, other: JsonObject): JsonObject => ({ anyOf: [{ not: one }, other] });

const notBoth = (one: JsonObject, other: JsonObject): JsonObject => ({ not: { allOf: [one, other] } });

const rulesOf = (
  input: DescriptorInput,
  byId: ReadonlyMap<string, DescriptorInput>,
  isOpen: (id: string) => boolean,
): JsonObject[] => {
  if (!isOpen(input.id)) return [];
  const set = given(input.id, byId);
  const disabled = input["disables-inputs"].filter((id) => isOpen(id) && id !== input.id);
  const needed = input.type === "Flag" ? input["requires-inputs"].filter((id) => isOpen(id) && id !== input.id) : [];
  const valued = (value: string): JsonObject => ({
    required: [input.id],
    properties: { [input.id]: { const: typedValue(input, value) } },
  });
  return [
    ...disabled.map((id) => notBoth(set, given(id, byId))),
    ...needed.map((id) => implies(set, given(id, byId))),
    ...Object.entries(input["value-requires"]).flatMap(([value, ids]) =>
      ids.filter(isOpen).map((id) => implies(valued(value), given(id, byId))),
    ),
    ...Object.entries(input["value-disables"]).flatMap(([value, ids]) =>
      ids.filter(isOpen).map((id) => notBoth(valued(value), given(id, byId))),
    ),
  ];
};

const rulesOfGroup = (
  group: DescriptorGroup,
  byId: ReadonlyMap<string, DescriptorInput>,
  isOpen: (id: string) => boolean,
): JsonObject[] => {
  const open = group.members.filter(isOpen);
  const all = open.map((id) => given(id, byId));
  const pairs = open.flatMap((one, index) => open.slice(index + 1).map((other) => [one, other] as const));
  return [
    ...(group["mutually-exclusive"] ? pairs.map(([one, other]) => notBoth(given(one, byId), given(other, byId))) : []),
    // Where a member is a file, or has a value anyway, one of them is there.
    ...(group["one-is-required"] && open.length === group.members.length && all.length > 0 ? [{ anyOf: all }] : []),
    ...(group["all-or-none"] && all.length > 1 ? [{ anyOf: [{ allOf: all }, { not: { anyOf: all } }] }] : []),
  ];
};
