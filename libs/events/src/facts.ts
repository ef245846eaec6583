import type { JsonValue, MessageInitShape, JsonObject as ProtobufObject } from "@bufbuild/protobuf";
import type { Json, JsonObject } from "@rollerblade/abids";
import type { DerivativeFacts, FileFact, ScanFacts, SliceRef, Source } from "@rollerblade/abids/facts";
import { levels } from "@rollerblade/abids/levels";
import { permanent } from "./consume/failure.ts";
import type {
  Derivative,
  DerivativeSchema,
  File,
  FileSchema,
  Scan,
  ScanSchema,
  Slice,
  SliceSchema,
  Source as SourceMessage,
  SourceSchema,
} from "./generated/rollerblade/events/v1/facts_pb.ts";

type Init = {
  readonly file: MessageInitShape<typeof FileSchema>;
  readonly scan: MessageInitShape<typeof ScanSchema>;
  readonly slice: MessageInitShape<typeof SliceSchema>;
  readonly source: MessageInitShape<typeof SourceSchema>;
  readonly derivative: MessageInitShape<typeof DerivativeSchema>;
};

/** A file fact as it travels. */
export const fileFactToMessage = ({ size, ...file }: FileFact): Init["file"] => ({ ...file, size: BigInt(size) });

/** A file fact that arrived. */
export const fileFactFromMessage = ({ path, role, size, sha256 }: File): FileFact => ({
  path,
  role,
  size: Number(size),
  sha256,
});

/** Scan facts as they travel. */
export const scanFactsToMessage = ({
  session,
  revision,
  files,
  image,
  scanAttributes,
  ...scan
}: ScanFacts): Init["scan"] => ({
  ...scan,
  ...(image === undefined ? {} : { image: toProtobuf(image) }),
  ...(scanAttributes === undefined ? {} : { scanAttributes: toProtobuf(scanAttributes) }),
  ...withoutNulls({ session }),
  entities: { ...scan.entities },
  metadata: toProtobuf(scan.metadata),
  subjectAttributes: toProtobuf(scan.subjectAttributes),
  sessionAttributes: toProtobuf(scan.sessionAttributes),
  files: files.map(fileFactToMessage),
  revision: BigInt(revision),
});

/**
 * Scan facts that arrived.
 * @throws HandlingFailure permanent when there are none
 */
export const scanFactsFromMessage = (message: Scan | undefined): ScanFacts => {
  const scan = present(message, "scan");
  return {
    dataset: scan.dataset,
    subject: scan.subject,
    session: scan.session ?? null,
    path: scan.path,
    datatype: scan.datatype,
    suffix: scan.suffix,
    extension: scan.extension,
    entities: scan.entities,
    metadata: scan.metadata ?? {},
    subjectAttributes: scan.subjectAttributes ?? {},
    sessionAttributes: scan.sessionAttributes ?? {},
    ...(scan.image === undefined ? {} : { image: scan.image }),
    ...(scan.scanAttributes === undefined ? {} : { scanAttributes: scan.scanAttributes }),
    files: scan.files.map(fileFactFromMessage),
    revision: Number(scan.revision),
  };
};

/** A slice as it travels. */
export const sliceRefToMessage = ({ level, dataset, ...parts }: SliceRef): Init["slice"] => ({
  level,
  dataset,
  ...withoutNulls(parts),
});

/**
 * A slice that arrived.
 * @throws HandlingFailure permanent when there is none, or its level is unknown
 */
export const sliceRefFromMessage = (message: Slice | undefined): SliceRef => {
  const { level, dataset, subject = null, session = null, scan = null } = present(message, "slice");
  const known = levels.find((one) => one === level);
  if (known === undefined) throw permanent(`"${level}" is no level of a slice.`);
  return { level: known, dataset, subject, session, scan };
};

/** A source as it travels. */
export const sourceToMessage = (source: Source): Init["source"] => ({ ...source });

/** A source that arrived. */
export const sourceFromMessage = ({ dataset, path, sha256 }: SourceMessage): Source => ({ dataset, path, sha256 });

/** Derivative facts as they travel, with the `sequence` of the decision for its name. */
export const derivativeFactsToMessage = (
  { slice, entities, datatype, size, sources, revision, ...derivative }: DerivativeFacts,
  sequence: number,
): Init["derivative"] => ({
  ...derivative,
  ...withoutNulls({ datatype }),
  slice: sliceRefToMessage(slice),
  entities: { ...entities },
  size: BigInt(size),
  sources: sources.map(sourceToMessage),
  sourceDatasets: [...new Set(sources.map(({ dataset }) => dataset))],
  sequence: BigInt(sequence),
  revision: BigInt(revision),
});

/**
 * Derivative facts that arrived; the message's `sequence` is no part of them. Sources that are too many for a message are in the
 * bucket: `withSources` brings them.
 * @throws HandlingFailure permanent when there are none
 */
export const derivativeFactsFromMessage = (message: Derivative | undefined): DerivativeFacts => {
  const { $typeName, $unknown, sequence, sourcesObject, sourceDatasets, ...derivative } = present(
    message,
    "derivative",
  );
  return {
    ...derivative,
    slice: sliceRefFromMessage(derivative.slice),
    datatype: derivative.datatype ?? null,
    size: Number(derivative.size),
    sources: derivative.sources.map(sourceFromMessage),
    revision: Number(derivative.revision),
  };
};

/** A JSON object as protobuf's `Struct` takes it, for fields such as locks and manifests. */
export const toStruct = (object: JsonObject): ProtobufObject => toProtobuf(object);

const toProtobuf = (object: JsonObject): ProtobufObject =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, toValue(value)]));

const toValue = (value: Json): JsonValue => {
  if (isList(value)) return value.map(toValue);
  return value !== null && typeof value === "object" ? toProtobuf(value) : value;
};

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

const present = <T>(message: T | undefined, what: string): T => {
  if (message === undefined) throw permanent(`The message has no ${what}.`);
  return message;
};

// Protobuf's optional fields are absent, never null.
const withoutNulls = <K extends string>(fields: Readonly<Record<K, string | null>>): { [Key in K]?: string } => {
  const kept: { [Key in K]?: string } = {};
  for (const key in fields) {
    const value = fields[key];
    if (value !== null) kept[key] = value;
  }
  return kept;
};
