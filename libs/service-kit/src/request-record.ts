import { AsyncLocalStorage } from "node:async_hooks";
import { currentTraceparent } from "@rollerblade/telemetry";
import type { FastifyRequest } from "fastify";
import type { Http } from "./http.ts";
import type { Resource } from "./principal.ts";

/** Header by which the gateway says from where a request came that it forwards; what callers send in it is overwritten there. */
export const addressHeader = "x-rollerblade-address";

/** Header of an answer by which a service says to the gateway what was used; it goes no further. */
export const usedHeader = "x-rollerblade-used";

/** More things than that are not named one by one in the header of an answer: 100 names of 63 letters stay below 8 KiB. */
const maxUsed = 100;

/** No name of a thing is longer; what a caller asks for may be. */
const maxNameLength = 80;

/** What is recorded of a request while it is handled. */
export type RequestRecord = {
  readonly address: string;
  readonly traceId: string | null;
  /** The name of the operation, once its handler runs. */
  operation: string | null;
  /** What it was allowed or refused to use: `dataset brains`. */
  readonly used: Set<string>;
};

const storage = new AsyncLocalStorage<RequestRecord>();
const records = new WeakMap<FastifyRequest, RequestRecord>();

/** The request that is being handled; undefined in what no request began. */
export const currentRequest = (): RequestRecord | undefined => storage.getStore();

/** Notes that the request which is being handled uses something, or was refused to. */
export const noteUse = ({ kind, name }: Resource): void => {
  const record = currentRequest();
  if (record !== undefined && record.used.size < maxUsed) record.used.add(`${kind} ${name.slice(0, maxNameLength)}`);
};

/** Notes the datasets that an answer tells of: its `dataset` and `datasets`, and those of each of its `items`. */
export const noteDatasetsOf = (answer: unknown): void => {
  if (currentRequest() === undefined) return;
  for (const part of [answer, ...(isObject(answer) && Array.isArray(answer.items) ? answer.items : [])]) {
    if (!isObject(part)) continue;
    const named: readonly unknown[] = [part.dataset, ...(Array.isArray(part.datasets) ? part.datasets : [])];
    for (const name of named) if (typeof name === "string") noteUse({ kind: "dataset", name });
  }
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/**
 * Keeps a record of each request of a service, and sends with its answer what was used. From where a request came is said by the service that
 * hands it on; at the gateway, to which everybody speaks, it is the connection's address.
 */
export const recordRequests = (http: Http, service: string): void => {
  http.addHook("onRequest", (request, _reply, done) => {
    const named = service === "gateway" ? undefined : request.headers[addressHeader];
    const record: RequestRecord = {
      address: typeof named === "string" ? named : request.ip,
      traceId: currentTraceparent().split("-")[1] ?? null,
      operation: null,
      used: new Set(),
    };
    records.set(request, record);
    storage.run(record, done);
  });
  // Reading a body leaves the asynchronous context of the hook above, so it is entered again.
  http.addHook("preValidation", (request, _reply, done) => {
    const record = records.get(request);
    return record === undefined ? done() : storage.run(record, done);
  });
  http.addHook("onSend", async (request, reply) => {
    const record = records.get(request);
    if (record === undefined || record.operation === null) return;
    const { operation, used } = record;
    reply.header(usedHeader, asciiJson({ operation, used: [...used] }));
  });
};

/** JSON for a header, which holds printable ASCII only. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** The record of a request. */
export const recordOf = (request: FastifyRequest): RequestRecord | undefined => records.get(request);
