import type { ServerResponse } from "node:http";
import { liveEvent, liveEventsQuery } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { firstSequence, isTopicName, type Wanted, watchEvents } from "@rollerblade/events";
import { invalidInput, type Principal, type ServiceContext, tooManyRequests } from "@rollerblade/service-kit";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Nats } from "../nats.ts";
import { currentViewer } from "./current-viewer.ts";
import { maySee } from "./may-see.ts";
import { heartbeat, serverSentEvent, startingPoint } from "./server-sent-event.ts";
import { writeSlowly } from "./write-slowly.ts";

/** Views that one gateway serves at once; each holds a consumer of the server. */
const maxViews = 500;
/** Milliseconds between signs of life. */
const beat = 15_000;

/** `GET /v1/events`: what happens, as server-sent events, as far as the watcher may see it at that moment. */
export const serveEvents = (
  context: ServiceContext,
  nats: Nats,
  { viewsPerPerson }: { readonly viewsPerPerson: number },
): void => {
  const views = countViews(viewsPerPerson);
  context.http.get("/v1/events", { schema: description }, async (request, reply) => {
    const principal = await context.authenticate(request);
    const { wanted, after } = readRequest(request);
    // Taken before anything is waited for, so that no number of requests at once gets past it.
    const leave = views.enter(principal.name);
    try {
      const from = await firstSequence(await nats.get(), after);
      reply.hijack();
      await view({ context, nats, principal, token: tokenOf(request), wanted, from, response: reply.raw });
    } catch (error) {
      if (!reply.raw.headersSent) throw error;
      context.log.warn({ err: error }, "a live view broke off");
    } finally {
      leave();
      if (reply.raw.headersSent) reply.raw.end();
    }
  });
};

/** Counts open views, in all and by person. */
const countViews = (maxPerPerson: number) => {
  const open = new Map<string, number>();
  let all = 0;
  return {
    /** @returns what ends the view. @throws Problem `too-many-requests` */
    enter(person: string): () => void {
      const own = open.get(person) ?? 0;
      if (own >= maxPerPerson) throw tooManyRequests("live views of yours are open; close one", retrySeconds);
      if (all >= maxViews) throw tooManyRequests("live views are open", retrySeconds);
      open.set(person, own + 1);
      all += 1;
      return () => {
        all -= 1;
        const left = (open.get(person) ?? 1) - 1;
        if (left === 0) open.delete(person);
        else open.set(person, left);
      };
    },
  };
};

/** Views last, so it is no use to ask again at once. */
const retrySeconds = 5;

const description = {
  operationId: "liveEvents",
  tags: ["gateway"],
  summary: "What happens, as server-sent events; goes on behind `Last-Event-ID`.",
  description:
    "What happens to what you may read, as server-sent events, from now on or behind `Last-Event-ID`. It goes on until you end it, or until your token is worth nothing any more. Every token is enough for it.",
  querystring: liveEventsQuery,
  response: {
    200: {
      description:
        "One event after the other; `data` of each is a LiveEvent in JSON, `event` its topic, `id` its number.",
      content: { "text/event-stream": { schema: z.string() } },
    },
  },
  security: [{ token: [] }],
};

type View = {
  readonly context: ServiceContext;
  readonly nats: Nats;
  readonly principal: Principal;
  readonly token: string;
  readonly wanted: Wanted;
  readonly from: number;
  readonly response: ServerResponse;
};

const view = async ({ context, nats, principal, token, wanted, from, response }: View): Promise<void> => {
  const over = new AbortController();
  response.once("close", () => over.abort());
  const signal = AbortSignal.any([over.signal, context.signal]);
  const viewerNow = currentViewer(context, principal, token);
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
  });
  response.write(startingPoint(from - 1));
  // A silent view notices a revoked token too.
  const alive = setInterval(async () => {
    const viewer = await viewerNow().catch(() => undefined);
    if (viewer === null) over.abort();
    else if (!response.writableNeedDrain) response.write(heartbeat);
  }, beat);
  try {
    for await (const watched of watchEvents(await nats.get(), wanted, from, signal)) {
      const event = liveEvent.parse(watched.event);
      const viewer = await viewerNow();
      if (viewer === null) return;
      if (!(await maySee(context, viewer, event))) continue;
      await writeSlowly(response, serverSentEvent(watched.sequence, event.topic, event), signal);
    }
  } finally {
    clearInterval(alive);
  }
};

const readRequest = (request: FastifyRequest): { wanted: Wanted; after: number | undefined } => {
  const parsed = liveEventsQuery.safeParse(request.query);
  if (!parsed.success) throw invalidInput(parsed.error, "query");
  const { topics = "", dataset, after } = parsed.data;
  const names = topics.split(",").filter((name) => name !== "");
  const unknown = names.find((name) => !isTopicName(name));
  if (unknown !== undefined) throw noSuchTopic(unknown);
  if (dataset !== undefined && !/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(dataset)) throw noSuchDataset(dataset);
  const last = Number(request.headers["last-event-id"] ?? Number.NaN);
  return {
    wanted: { topics: names.filter(isTopicName), dataset },
    after: Number.isSafeInteger(last) && last >= 0 ? last : after,
  };
};

const tokenOf = (request: FastifyRequest): string => (request.headers.authorization ?? "").replace(/^Bearer +/i, "");

const noSuchTopic = (name: string): Problem =>
  new Problem({
    code: "invalid",
    message: `There is no topic "${name}".`,
    subject: name,
    next: "docs/reference/events.md lists all topics.",
  });

const noSuchDataset = (name: string): Problem =>
  new Problem({ code: "invalid", message: `"${name}" cannot be the name of a dataset.`, subject: name });
