import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { AnalysisCreatedSchema } from "../generated/rollerblade/events/v1/analysis_pb.ts";
import {
  BatchClosedSchema,
  BatchIndexedSchema,
  BatchOpenedSchema,
} from "../generated/rollerblade/events/v1/batch_pb.ts";
import {
  DatasetDeletedSchema,
  DatasetErasedSchema,
  SubjectDeletedSchema,
  SubjectErasedSchema,
} from "../generated/rollerblade/events/v1/dataset_pb.ts";
import {
  DerivativeCreatedSchema,
  DerivativeDroppedSchema,
  DerivativeIndexedSchema,
  DerivativeSupersededSchema,
  DerivativeWithdrawnSchema,
} from "../generated/rollerblade/events/v1/derivative_pb.ts";
import { GrantChangedSchema } from "../generated/rollerblade/events/v1/grant_pb.ts";
import { MetadataChangedSchema, MetadataUploadedSchema } from "../generated/rollerblade/events/v1/metadata_pb.ts";
import {
  PipelineAppliedSchema,
  PipelineDecidedSchema,
  PipelineRejectedSchema,
} from "../generated/rollerblade/events/v1/pipeline_pb.ts";
import { ResultTaggedSchema } from "../generated/rollerblade/events/v1/result_pb.ts";
import {
  RunFinishedSchema,
  RunRequestedSchema,
  RunStartedSchema,
  TaskFinishedSchema,
  TaskStartedSchema,
} from "../generated/rollerblade/events/v1/run_pb.ts";
import {
  ScanImportedSchema,
  ScanIndexedSchema,
  ScanRemovedSchema,
  ScanUploadedSchema,
  ScanWithdrawnSchema,
} from "../generated/rollerblade/events/v1/scan_pb.ts";

/** The streams that carry topics: facts that anyone may read for 30 days, and commands that exactly one service takes away. */
export type TopicStream = "EVENTS" | "COMMANDS";

/** One kind of event: its message, where it travels, and the dataset that a message of it speaks of. */
export type Topic<Shape, Init> = {
  readonly schema: DescMessage;
  readonly stream: TopicStream;
  /** The only service that publishes it under its own subject. */
  readonly publisher: string;
  /** Whether other teams may publish it too, under subjects of their own. */
  readonly openToTeams: boolean;
  /** Services that repeat it under the publisher's subject: the catalog takes each refused scan of an import apart, as an event of its own. */
  readonly repeatedBy: readonly string[];
  encode(message: Init): Uint8Array;
  /** @throws when the bytes are no such message */
  decode(body: Uint8Array): Shape;
  /** Body and dataset of a message; null where it belongs to none. */
  pack(message: Init): { readonly body: Uint8Array; readonly dataset: string | null };
};

type Declared<Desc extends DescMessage> = Topic<MessageShape<Desc>, MessageInitShape<Desc>> & { readonly schema: Desc };

const declare =
  (stream: TopicStream) =>
  <Desc extends DescMessage>(
    publisher: string,
    schema: Desc,
    dataset: (message: MessageShape<Desc>) => string | null,
    { openToTeams = false, repeatedBy = [] }: Partial<Pick<Declared<Desc>, "openToTeams" | "repeatedBy">> = {},
  ): Declared<Desc> => ({
    schema,
    stream,
    publisher,
    openToTeams,
    repeatedBy,
    encode: (message) => toBinary(schema, create(schema, message)),
    decode: (body) => fromBinary(schema, body),
    pack: (message) => {
      const whole = create(schema, message);
      return { body: toBinary(schema, whole), dataset: dataset(whole) || null };
    },
  });

const fact = declare("EVENTS");
const command = declare("COMMANDS");

const none = (): null => null;

/** What the catalog checks against the bucket and the rights of whoever published it, so that others may publish it as well. */
const openToTeams = true;

const declared = {
  "scan.uploaded": fact("ingest", ScanUploadedSchema, (m) => m.dataset, { openToTeams, repeatedBy: ["catalog"] }),
  "scan.imported": fact("ingest", ScanImportedSchema, (m) => m.dataset),
  "scan.removed": fact("ingest", ScanRemovedSchema, (m) => m.dataset, { openToTeams }),
  "metadata.uploaded": fact("ingest", MetadataUploadedSchema, (m) => m.dataset, { openToTeams }),
  "batch.opened": fact("ingest", BatchOpenedSchema, (m) => m.dataset),
  "batch.closed": fact("ingest", BatchClosedSchema, (m) => m.dataset),
  "scan.indexed": fact("catalog", ScanIndexedSchema, (m) => m.scan?.dataset ?? null),
  "scan.withdrawn": fact("catalog", ScanWithdrawnSchema, (m) => m.dataset),
  "metadata.changed": fact("catalog", MetadataChangedSchema, (m) => m.scan?.dataset ?? null),
  "batch.indexed": fact("catalog", BatchIndexedSchema, (m) => m.dataset),
  "subject.deleted": fact("catalog", SubjectDeletedSchema, (m) => m.dataset),
  "subject.erased": fact("catalog", SubjectErasedSchema, (m) => m.dataset),
  "dataset.erased": fact("catalog", DatasetErasedSchema, (m) => m.dataset),
  "dataset.deleted": fact("catalog", DatasetDeletedSchema, (m) => m.dataset),
  "derivative.indexed": fact("catalog", DerivativeIndexedSchema, (m) => m.derivative?.dataset ?? null),
  "derivative.superseded": fact("catalog", DerivativeSupersededSchema, (m) => m.dataset),
  "derivative.withdrawn": fact("catalog", DerivativeWithdrawnSchema, (m) => m.dataset),
  "derivative.created": fact("scheduler", DerivativeCreatedSchema, (m) => m.derivative?.dataset ?? null),
  "derivative.dropped": fact("scheduler", DerivativeDroppedSchema, (m) => m.dataset),
  "analysis.created": fact("scheduler", AnalysisCreatedSchema, none),
  "run.requested": command("pipeline-router", RunRequestedSchema, (m) => m.slices[0]?.slice?.dataset ?? null),
  "run.started": fact("scheduler", RunStartedSchema, none),
  "run.finished": fact("scheduler", RunFinishedSchema, none),
  "task.started": fact("scheduler", TaskStartedSchema, (m) => m.slice?.dataset ?? null),
  "task.finished": fact("scheduler", TaskFinishedSchema, (m) => m.slice?.dataset ?? null),
  "pipeline.applied": fact("pipeline-router", PipelineAppliedSchema, none),
  "pipeline.rejected": fact("pipeline-router", PipelineRejectedSchema, none),
  "pipeline.decided": fact("pipeline-router", PipelineDecidedSchema, (m) => m.calls[0]?.slice?.dataset ?? null),
  "result.tagged": fact("tagger", ResultTaggedSchema, (m) => m.dataset),
  "grant.changed": fact("accounts", GrantChangedSchema, (m) => (m.kind === "dataset" ? m.resource : null)),
} as const;

/** A name of `topics`. */
export type TopicName = keyof typeof declared;

type Messages = { readonly [T in TopicName]: MessageShape<(typeof declared)[T]["schema"]> };
type MessageInits = { readonly [T in TopicName]: MessageInitShape<(typeof declared)[T]["schema"]> };

/** The decoded message of a topic. */
export type MessageOf<T extends TopicName> = Messages[T];

/** What may be given for a message of a topic: a plain object of its fields. */
export type MessageInitOf<T extends TopicName> = MessageInits[T];

/** Every event that Rollerblade knows, by the name that stands in its subject and in `ce-type`. */
export const topics: { readonly [T in TopicName]: Topic<MessageOf<T>, MessageInitOf<T>> } = declared;

/** Every topic name, in the order of the registry. */
export const topicNames: readonly TopicName[] = Object.keys(declared).filter((name) => isTopicName(name));

/** Whether a text (a `ce-type`, a CLI argument) names a topic. */
export function isTopicName(name: string): name is TopicName {
  return Object.hasOwn(declared, name);
}
