import type { JsonValue, MessageInitShape, JsonObject as ProtobufObject } from "@bufbuild/protobuf";
import type { Json, JsonObject } from "@rollerblade/abids";
import {
  type DerivativeFacts,
  derivativeFactsSchema,
  fileFactSchema,
  type SliceRef,
  scanFactsSchema,
  sliceRefSchema,
  sourceSchema,
} from "@rollerblade/abids/facts";
import { factsCodec } from "./facts-codec.ts";
import {
  type Derivative,
  DerivativeSchema,
  FileSchema,
  ScanSchema,
  SliceSchema,
  SourceSchema,
} from "./generated/rollerblade/events/v1/facts_pb.ts";

/** Translates the facts of a file. */
export const { toMessage: fileFactToMessage, fromMessage: fileFactFromMessage } = factsCodec(
  FileSchema,
  fileFactSchema,
  "file",
);

/** Translates the facts of a scan. */
export const { toMessage: scanFactsToMessage, fromMessage: scanFactsFromMessage } = factsCodec(
  ScanSchema,
  scanFactsSchema,
  "scan",
  { metadata: {}, subjectAttributes: {}, sessionAttributes: {} },
  ["ignoredFiles"],
);

/** Translates the name of a slice. */
export const { toMessage: sliceRefToMessage, fromMessage: sliceRefFromMessage } = factsCodec<
  SliceRef,
  typeof SliceSchema
>(SliceSchema, sliceRefSchema, "slice");

/** Translates a source of a derivative. */
export const { toMessage: sourceToMessage, fromMessage: sourceFromMessage } = factsCodec(
  SourceSchema,
  sourceSchema,
  "source",
);

const derivative = factsCodec(DerivativeSchema, derivativeFactsSchema, "derivative");

/** Returns the message that carries the facts of a derivative, with the `sequence` of the decision for its name. */
export const derivativeFactsToMessage = (
  facts: DerivativeFacts,
  sequence: number,
): MessageInitShape<typeof DerivativeSchema> => ({
  ...derivative.toMessage(facts),
  sourceDatasets: [...new Set(facts.sources.map(({ dataset }) => dataset))],
  sequence: BigInt(sequence),
});

/**
 * Returns the facts of a derivative that arrived; the message's `sequence` is not part of them. Sources that are too many for a message
 * are in the bucket: `withSources` brings them.
 * @throws HandlingFailure permanent when there are none
 */
export const derivativeFactsFromMessage = (message: Derivative | undefined): DerivativeFacts =>
  derivative.fromMessage(message);

/** A JSON object as protobuf's `Struct` takes it, for fields such as locks and manifests. */
export const toStruct = (object: JsonObject): ProtobufObject => toProtobuf(object);

const toProtobuf = (object: JsonObject): ProtobufObject =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, toValue(value)]));

const toValue = (value: Json): JsonValue => {
  if (isList(value)) return value.map(toValue);
  return value !== null && typeof value === "object" ? toProtobuf(value) : value;
};

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
