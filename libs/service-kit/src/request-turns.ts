import { performance } from "node:perf_hooks";
import type { FastifyRequest } from "fastify";
import { createFairQueue } from "./fair-queue.ts";
import { isServiceToken } from "./service-tokens.ts";

/** Characters of a JSON body from which reading it takes a turn: 64 KiB are read within a millisecond or two. */
const minLargeBody = 65_536;

/**
 * Milliseconds that a turn lasts at most. What takes longer waits for the database or for other services, and leaves the event loop to
 * others meanwhile.
 */
const maxTurnMs = 2_000;

/** Milliseconds that a person waits at most between two turns. */
const maxRestMs = 1_000;

/**
 * The event loop is shared by all services of a process, so the queue is, too. One person's requests run one after the other, and a
 * console or script that sends a dozen at once is not refused.
 */
const queue = createFairQueue({
  maxRunning: Number.POSITIVE_INFINITY,
  maxRunningPerPerson: 1,
  maxWaitingPerPerson: 16,
});

/** A turn that somebody has: `endAfterParsing` is set where only the body was large. */
type Turn = { readonly end: () => void; readonly endAfterParsing: boolean };

const people = new WeakMap<FastifyRequest, string>();
const turns = new WeakMap<FastifyRequest, Turn>();

/** Remembers who sends a request, before its body is read. Those of other services, also on behalf of somebody, take no turns: their caller has one. */
export const rememberPerson = (request: FastifyRequest, name: string): void => {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
  if (!isServiceToken(token)) people.set(request, name);
};

/**
 * Waits for the turn of whoever sends a request that keeps the event loop busy, because its route is `expensive` or its body is large. Between
 * two turns a person waits as long as the first one kept the loop busy, so that the requests of others, which pass the loop several times,
 * find at least half of its time.
 * @throws Problem `too-many-requests` when too many of this person wait already
 */
export const takeTurn = async (request: FastifyRequest, bodyLength: number): Promise<void> => {
  const person = people.get(request);
  const isExpensive = request.routeOptions.config.expensive === true;
  if (person === undefined || (!isExpensive && bodyLength < minLargeBody)) return;
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  turns.set(request, { end: ended.resolve, endAfterParsing: !isExpensive });
  const turn = queue.run(person, async () => {
    const before = performance.eventLoopUtilization();
    begun.resolve();
    const timer = setTimeout(ended.resolve, maxTurnMs).unref();
    await ended.promise;
    clearTimeout(timer);
    const { active } = performance.eventLoopUtilization(before);
    await new Promise((resolve) => setTimeout(resolve, Math.min(active, maxRestMs)).unref());
  });
  await Promise.race([begun.promise, turn]);
};

/** Ends the turn of a request whose body was large, once that is parsed. */
export const endTurnOfBody = (request: FastifyRequest): void => {
  const turn = turns.get(request);
  if (turn?.endAfterParsing === true) turn.end();
};

/** Ends the turn of a request that is answered, or given up. */
export const endTurn = (request: FastifyRequest): void => turns.get(request)?.end();

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether handling a request of this route keeps the event loop busy for milliseconds: one a person at a time. */
    readonly expensive?: boolean;
  }
}
