import { DeliverPolicy, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Sql } from "@rollerblade/database";
import { headerNames } from "../topics/event-headers.ts";
import { subjectOfService } from "../topics/subject.ts";
import { isTopicName, type TopicName, type TopicStream, topicNames, topics } from "../topics/topics.ts";

/** Whose outbox is compared, with the streams of which server. */
export type ReconcileOptions = {
  readonly sql: Sql;
  readonly schema: string;
  readonly connection: NatsConnection;
};

/** The server syncs to its disk every two minutes by default; this much of what was published before a crash is looked at. */
const margin = 10 * 60_000;

/** Where the stream of a row's time is looked for: clocks differ, and a row is marked after its message was stored. */
const reach = 60 * 60_000;

/**
 * The server acknowledges a message before it has synced it to its disk, so a crash can lose the last ones although they are marked
 * as published. This compares the rows that were published from a while before `lostAt` with what the streams hold, and marks
 * those that are missing as not published, for the relay to publish them again. A stream that was made later was lost as a whole:
 * then everything in the outbox counts.
 * @param lostAt when the connection broke; null for the moment of the last publication
 * @returns how many events will be published again
 */
export const reconcile = async (options: ReconcileOptions, lostAt: Date | null): Promise<number> => {
  const { last, now } = await publications(options);
  if (last === null) return 0;
  const manager = await jetstreamManager(options.connection);
  const since = new Date((lostAt !== null && lostAt < last ? lostAt : last).getTime() - margin);
  const facts = await reconcileFacts(options, { from: await earlierWhenLost(manager, "EVENTS", since), until: now });
  const commands = await reconcileCommands(options, manager, since);
  return facts + commands;
};

/** What two clocks may differ by, in milliseconds. */
const skew = 1_000;

// A command leaves its queue when it is handled, so that there is nothing to compare it with. But the queue knows when it was made and
// when it took its last command: what counts as published before the one, or was only written down after the other, is lost. A loss
// that this does not see costs time and nothing else: whoever asked and was not answered asks again.
const reconcileCommands = async (
  { sql, schema }: ReconcileOptions,
  manager: JetStreamManager,
  since: Date,
): Promise<number> => {
  const { created, state } = await manager.streams.info("COMMANDS");
  const last = new Date(state.last_ts).getTime();
  const writtenAfter = new Date(Number.isNaN(last) ? 0 : Math.max(0, last + skew));
  const { count } = await sql`
    update ${sql(schema)}.outbox set published_at = null
    where topic = any(${commandTopics}::text[]) and (
      published_at < ${new Date(created)} or (published_at >= ${since} and created_at > ${writtenAfter}))`;
  return count;
};

const commandTopics = topicNames.filter((topic) => topics[topic].stream === "COMMANDS");

/** Publications between these moments, by PostgreSQL's clock. */
type Span = { readonly from: Date; readonly until: Date };

const publications = async ({ sql, schema }: ReconcileOptions): Promise<{ last: Date | null; now: Date }> => {
  const [row] = await sql<{ last: Date | null; now: Date }[]>`
    select max(published_at) as last, now() as now from ${sql(schema)}.outbox`;
  return row ?? { last: null, now: new Date() };
};

const reconcileFacts = async (options: ReconcileOptions, span: Span): Promise<number> => {
  const published = await topicsPublished(options, "EVENTS", span);
  return markUnpublished(options, published, span, await idsInStream(options.connection, published, span));
};

const earlierWhenLost = async (manager: JetStreamManager, stream: TopicStream, since: Date): Promise<Date> => {
  const { created } = await manager.streams.info(stream);
  return new Date(created) > since ? new Date(0) : since;
};

const topicsPublished = async (
  { sql, schema }: ReconcileOptions,
  stream: TopicStream,
  span: Span,
): Promise<TopicName[]> => {
  const rows = await sql<{ topic: string }[]>`
    select distinct topic from ${sql(schema)}.outbox where published_at >= ${span.from} and published_at < ${span.until}`;
  const published = rows.map((row) => row.topic).filter(isTopicName);
  return published.filter((topic) => topics[topic].stream === stream);
};

/** The ids in the stream since a little before the span, read without their bodies. */
const idsInStream = async (
  connection: NatsConnection,
  published: readonly TopicName[],
  span: Span,
): Promise<string[]> => {
  const ids: string[] = [];
  // One subject a consumer: its name and filter then stand in the request, which is how the server can restrict them.
  for (const topic of published) ids.push(...(await idsOfTopic(connection, topic, span)));
  return ids;
};

const idsOfTopic = async (connection: NatsConnection, topic: TopicName, span: Span): Promise<string[]> => {
  const consumer = await jetstream(connection).consumers.get("EVENTS", {
    filter_subjects: subjectOfService(topic),
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: new Date(Math.max(0, span.from.getTime() - reach)).toISOString(),
    headers_only: true,
  });
  const { num_pending: pending } = await consumer.info();
  const ids: string[] = [];
  if (pending === 0) return ids;
  for await (const message of await consumer.consume({ max_messages: 5_000 })) {
    ids.push(message.headers?.get(headerNames.id) ?? "");
    if (message.info.pending === 0) break;
  }
  return ids;
};

const markUnpublished = async (
  { sql, schema }: ReconcileOptions,
  published: readonly TopicName[],
  span: Span,
  present: readonly string[],
): Promise<number> => {
  if (published.length === 0) return 0;
  const { count } = await sql`
    update ${sql(schema)}.outbox set published_at = null
    where published_at >= ${span.from} and published_at < ${span.until} and topic = any(${[...published]}::text[])
      and not exists (select from unnest(${[...present]}::text[]) as there where there = outbox.id::text)`;
  return count;
};
