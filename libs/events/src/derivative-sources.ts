import { buffer } from "node:stream/consumers";
import { referenceKey, taskOfReferenceKey } from "@rollerblade/abids/bucket-layout";
import type { Source } from "@rollerblade/abids/facts";
import { Problem } from "@rollerblade/errors";
import { permanent } from "./consume/failure.ts";
import type { Derivative } from "./generated/rollerblade/events/v1/facts_pb.ts";
import type { MessageInitOf } from "./topics/topics.ts";

/** Bytes that sources take up in a message, at most; longer lists go by way of the bucket. */
const largest = 64 * 1024;

/** Bytes of a source beside its texts. */
const overhead = 12;

type DerivativeInit = NonNullable<MessageInitOf<"derivative.created">["derivative"]>;

/** Where bytes are read; any object store will do. */
export type SourcesStore = { get(key: string): Promise<AsyncIterable<Uint8Array>> };

/** Whether sources are too many for a message. */
export const areManySources = (sources: readonly Source[]): boolean => {
  let size = 0;
  for (const { dataset, path, sha256 } of sources) {
    size += overhead + dataset.length + 3 * path.length + sha256.length;
    if (size > largest) return true;
  }
  return false;
};

/** The object that lists the sources of what a task made; nothing else ever writes it. */
export const sourcesObject = (
  task: string,
  sources: readonly Source[],
): { readonly key: string; readonly body: Buffer } => ({
  key: referenceKey(task),
  body: Buffer.from(JSON.stringify(sources.map(({ dataset, path, sha256 }) => ({ dataset, path, sha256 })))),
});

/** The message without its sources, which that object lists. */
export const withSourcesIn = (derivative: DerivativeInit, key: string): DerivativeInit => ({
  ...derivative,
  sources: [],
  sourcesObject: key,
});

/**
 * The derivative with all its sources, those included that the bucket holds.
 * @throws HandlingFailure permanent when the object is none of sources; Problem `unavailable`
 */
export const withSources = async <D extends Derivative | undefined>(store: SourcesStore, derivative: D): Promise<D> => {
  if (derivative === undefined || derivative.sourcesObject === "") return derivative;
  const listed = await readSources(store, derivative.sourcesObject);
  return { ...derivative, sources: listed.map((source) => ({ $typeName: "rollerblade.events.v1.Source", ...source })) };
};

/** The datasets that a derivative was made from, each once. */
export const sourceDatasetsOf = ({ sources, sourceDatasets }: Derivative): string[] => [
  ...new Set([...sourceDatasets, ...sources.map(({ dataset }) => dataset)]),
];

const readSources = async (store: SourcesStore, key: string): Promise<Source[]> => {
  if (taskOfReferenceKey(key) === null) throw permanent(`"${key}" is not a place for sources.`);
  try {
    const listed: unknown = JSON.parse((await buffer(await store.get(key))).toString());
    if (Array.isArray(listed) && listed.every(isSource)) return listed;
  } catch (cause) {
    if (cause instanceof Problem && cause.code === "not-found") throw permanent(`There is no ${key}.`, { cause });
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw permanent(`${key} is not a list of sources.`);
};

const isSource = (value: unknown): value is Source =>
  typeof value === "object" &&
  value !== null &&
  ["dataset", "path", "sha256"].every((field) => typeof Reflect.get(value, field) === "string");
