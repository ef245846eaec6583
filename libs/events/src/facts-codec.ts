import { create, type DescField, type DescMessage, type MessageShape, ScalarType } from "@bufbuild/protobuf";
import type { z } from "zod";
import { permanent } from "./consume/failure.ts";

/** Translates facts to the message that carries them, and back. */
export type FactsCodec<Facts, Desc extends DescMessage> = {
  /** Returns the message that carries these facts. */
  readonly toMessage: (facts: Facts) => MessageShape<Desc>;
  /**
   * Returns the facts that a message carries; fields of the message that are no facts are left out.
   * @throws HandlingFailure permanent when there is no message, or it carries no such facts
   */
  readonly fromMessage: (message: MessageShape<Desc> | undefined) => Facts;
};

/**
 * Derives a codec from the message's descriptor, so that a new fact is added to the schema and the message alone. A fact has the name
 * of its field in camel case. Numbers travel as 64-bit integers, a null as an absent field, objects as `Struct`.
 * @param what what a failure calls the facts
 * @param absent facts of a message that leaves a field out, where that is neither null nor absent in the facts
 * @param optionalLists facts that are absent where their list is empty; a message does not tell these apart
 */
export const factsCodec = <Facts extends object, Desc extends DescMessage>(
  desc: Desc,
  schema: z.ZodType<Facts>,
  what: string,
  absent: Partial<Facts> = {},
  optionalLists: readonly (keyof Facts & string)[] = [],
): FactsCodec<Facts, Desc> => ({
  toMessage: (facts) => toMessage(desc, facts),
  fromMessage: (message) => {
    if (message === undefined) throw permanent(`The message has no ${what}.`);
    const parsed = schema.safeParse({ ...absent, ...withoutEmpty(toFacts(desc, message), optionalLists) });
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw permanent(`The message has a ${what} that is none: ${issue?.path.join(".")}: ${issue?.message}.`, {
      cause: parsed.error,
    });
  },
});

const withoutEmpty = (facts: object, optionalLists: readonly string[]): object =>
  Object.fromEntries(
    Object.entries(facts).filter(
      ([name, value]: [string, unknown]) =>
        !(optionalLists.includes(name) && Array.isArray(value) && value.length === 0),
    ),
  );

const toMessage = <Desc extends DescMessage>(desc: Desc, facts: object): MessageShape<Desc> => {
  const message = create(desc);
  for (const field of desc.fields) {
    const value: unknown = Reflect.get(facts, field.localName);
    if (value !== undefined && value !== null) Reflect.set(message, field.localName, toField(field, value));
  }
  return message;
};

const toField = (field: DescField, value: unknown): unknown => {
  if (field.fieldKind === "list" && Array.isArray(value)) {
    const { message } = field;
    return message === undefined ? [...value] : value.map((item) => toMessage(message, item));
  }
  if (field.fieldKind === "map" && typeof value === "object") return { ...value };
  if (isNested(field) && typeof value === "object" && value !== null) return toMessage(field.message, value);
  return typeof value === "number" && isInteger(field) ? BigInt(value) : value;
};

const toFacts = (desc: DescMessage, message: object): object =>
  Object.fromEntries(
    desc.fields.flatMap((field): [string, unknown][] => {
      const value = fromField(field, Reflect.get(message, field.localName));
      return value === undefined ? [] : [[field.localName, value]];
    }),
  );

const fromField = (field: DescField, value: unknown): unknown => {
  if (field.fieldKind === "list" && Array.isArray(value)) {
    const { message } = field;
    return message === undefined ? value : value.map((item) => toFacts(message, item));
  }
  if (isNested(field) && typeof value === "object" && value !== null) return toFacts(field.message, value);
  // Protobuf's optional fields are absent, never null.
  if (field.fieldKind === "scalar" && value === undefined) return null;
  return typeof value === "bigint" ? Number(value) : value;
};

/** Whether a field holds a message with facts of its own; a `Struct` is a JSON object as it is. */
const isNested = (field: DescField): field is DescField & { readonly fieldKind: "message" } =>
  field.fieldKind === "message" && field.message.typeName !== "google.protobuf.Struct";

const isInteger = (field: DescField): boolean =>
  field.fieldKind === "scalar" && (field.scalar === ScalarType.UINT64 || field.scalar === ScalarType.INT64);
