import { notify, type Transaction } from "@rollerblade/database";
import { type AnyEmission, type MessageInitOf, sliceRefToMessage, toStruct } from "@rollerblade/events";
import { contextFromTraceparent, contextOf, startSpan, traceparentOf } from "@rollerblade/telemetry";
import type { Evaluation } from "./evaluation.ts";
import type { Request } from "./request.ts";

/** The channel that notifies of a large request that waits for its body to be put into the bucket. */
export const largeChannel = "rollerblade_pipeline_router_large";

/** Bytes of slices in one message, at most. */
const chunkSize = 256 * 1024;

/** Bytes of a slice's body in a message; a larger one goes by way of the bucket. */
const largestBody = 64 * 1024;

type SliceRequest = NonNullable<MessageInitOf<"run.requested">["slices"]>[number];
type Built = { readonly request: Request; readonly slice: SliceRequest; readonly size: number; readonly body: string };

/** Says the requests in the transaction of their decisions: many slices of one run in each message. */
export const sendRequests = async (
  tx: Transaction,
  { events, metrics }: Pick<Evaluation, "events" | "metrics">,
  requests: readonly Request[],
): Promise<void> => {
  if (requests.length === 0) return;
  for (const { document, rule } of requests) metrics.requests.inc({ document: document.name, rule: rule.name });
  const built = requests.map(build);
  await keepLarge(
    tx,
    built.filter(({ size }) => size > largestBody),
  );
  const small = built.filter(({ size }) => size <= largestBody);
  const byRun = Map.groupBy(small, ({ request }) => `${runOf(request)} ${request.priority}`);
  await events.emitAll(
    tx,
    [...byRun.values()].flatMap((of) => inChunks(of).map(emissionOf)),
  );
};

const build = (request: Request): Built => {
  const body = JSON.stringify(request.request);
  const bytes = Buffer.from(body);
  return { request, body, size: bytes.length, slice: sliceRequest(request, bytes) };
};

const sliceRequest = (request: Request, body: Uint8Array, bodyObject = ""): SliceRequest => ({
  decision: request.decision,
  round: request.round,
  sequence: BigInt(request.sequence),
  slice: sliceRefToMessage(request.request.slice),
  body: Uint8Array.from(body),
  bodyObject,
  traceparent: ruleSpan(request),
});

/** A span of the rule itself, so that a trace shows what decided between the fact and the run. */
const ruleSpan = ({ rule, document, decision, traceparent }: Request): string => {
  const parent = contextFromTraceparent(traceparent ?? "");
  const attributes = {
    "rollerblade.rule": rule.name,
    "service.name": "pipeline-router",
    "rollerblade.document": document.name,
    "rollerblade.decision": decision,
  };
  const span = startSpan(`rule ${rule.name}`, { parent, attributes });
  span.end();
  return traceparentOf(contextOf(span, parent)) || (traceparent ?? "");
};

const runOf = ({ document, rule }: Request): string => document.runs.get(rule.name) ?? "";

const inChunks = (built: readonly Built[]): Built[][] => {
  const chunks: Built[][] = [];
  let room = 0;
  for (const one of built) {
    const size = one.size + 1_024;
    if (size > room) {
      chunks.push([]);
      room = chunkSize;
    }
    chunks.at(-1)?.push(one);
    room -= size;
  }
  return chunks;
};

const emissionOf = (chunk: readonly Built[]): AnyEmission => {
  const [first] = chunk;
  if (first === undefined) throw new Error("A message without a slice.");
  return {
    topic: "run.requested",
    message: messageOf(
      first.request,
      chunk.map(({ slice }) => slice),
    ),
    cause: contextFromTraceparent(first.slice.traceparent ?? ""),
  };
};

/** The message that asks for slices of one run. */
const messageOf = (request: Request, slices: SliceRequest[]): MessageInitOf<"run.requested"> => {
  const { document, rule } = request;
  return {
    run: runOf(request),
    analysis: rule.lock.analysis,
    version: rule.lock.version,
    parameters: toStruct(rule.lock.parameters),
    priority: request.priority,
    owner: document.owner,
    document: document.name,
    rule: rule.name,
    slices,
  };
};

/** Their bodies are put into the bucket outside the transaction; see `sendLarge`. */
const keepLarge = async (tx: Transaction, built: readonly Built[]): Promise<void> => {
  if (built.length === 0) return;
  const rows = built.map(({ request, slice, body }) => ({
    ...{ decision: request.decision, round: request.round, body },
    message: JSON.stringify({
      ...messageOf(request, []),
      slice: { ...slice, sequence: request.sequence, body: undefined },
    }),
  }));
  await tx`
    insert into pipeline_router.large_requests (decision, round, message, body)
    select decision, round, message, body
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as large (decision uuid, round int, message text, body text)
    on conflict (decision, round) do update set message = excluded.message, body = excluded.body`;
  await notify(tx, largeChannel);
};
