import { replaySubjects } from "../dead-letters/replay-subject.ts";
import { inboxPrefix } from "../nats/nats-connection.ts";
import { publishesTopic } from "../topics/publisher.ts";
import { subjectOfService } from "../topics/subject.ts";
import { topicNames, topics } from "../topics/topics.ts";
import { advisoryDurable, type DurableDeclaration, type Topology, topology } from "../topology/topology.ts";
import { type NatsUser, operator } from "./nats-user.ts";

/** The service that shows the stream and the dead letters to people, and consumes nothing. */
const viewer = "gateway";

/**
 * The NATS users of an installation, made of the two tables of who publishes a topic and who consumes a durable: a user for each
 * service, and the operator's.
 */
export const installationUsers = (declared: Topology = topology): readonly NatsUser[] => [
  operator,
  viewerUser(declared),
  ...servicesOf(declared).map((service) => serviceUser(service, declared)),
];

const servicesOf = (declared: Topology): string[] => {
  const publishing = topicNames.map((topic) => topics[topic].publisher);
  return [...new Set([...publishing, ...declared.durables.map(({ service }) => service)])].toSorted();
};

const serviceUser = (name: string, declared: Topology): NatsUser => {
  const own = declared.durables.filter(({ service }) => service === name);
  const published = topicNames.filter((topic) => publishesTopic(name, topic));
  const facts = published.filter((topic) => topics[topic].stream === "EVENTS");
  return {
    name,
    publish: {
      allow: [
        ...published.map((topic) => subjectOfService(topic)),
        ...streamRequests(declared),
        ...own.flatMap(durableRequests),
        // What it published, compared with its outbox.
        ...facts.map((topic) => `$JS.API.CONSUMER.CREATE.EVENTS.*.${subjectOfService(topic)}`),
        ...temporaryConsumerRequests,
        ...(own.length === 0 ? [] : ["$JS.API.STREAM.MSG.DELETE.DEAD_LETTERS", "$JS.API.DIRECT.GET.EVENTS"]),
        ...(publishesTopic(name, "subject.erased") ? erasureRequests : []),
        ...(own.some((durable) => durable.name === advisoryDurable) ? advisoryRequests : []),
      ],
      deny: declared.durables.filter(({ service }) => service !== name).flatMap(deniedRequests),
    },
    subscribe: { allow: [`${inboxPrefix(name)}.>`] },
  };
};

const viewerUser = (declared: Topology): NatsUser => ({
  name: viewer,
  publish: {
    allow: [
      ...streamRequests(declared),
      "$JS.API.CONSUMER.CREATE.EVENTS",
      "$JS.API.CONSUMER.CREATE.EVENTS.*.>",
      ...temporaryConsumerRequests,
      "$JS.API.STREAM.MSG.GET.DEAD_LETTERS",
      "$JS.API.DIRECT.GET.DEAD_LETTERS",
      "$JS.API.DIRECT.GET.DEAD_LETTERS.>",
      ...["EVENTS", "COMMANDS"].map((stream) => replaySubjects(stream, "*")),
    ],
    deny: declared.durables.flatMap(deniedRequests),
  },
  subscribe: { allow: [`${inboxPrefix(viewer)}.>`] },
});

/**
 * To see how streams and durables are and to make a stream that is missing. One that is there is not changed by a request to create it; only
 * the operator updates, purges and deletes.
 */
const streamRequests = (declared: Topology): string[] => [
  "$JS.API.INFO",
  ...declared.durables.map(({ stream, name }) => `$JS.API.CONSUMER.INFO.${stream}.${name}`),
  ...declared.streams.flatMap(({ name }) => [`$JS.API.STREAM.INFO.${name}`, `$JS.API.STREAM.CREATE.${name}`]),
];

/** What consuming a durable takes: to make it, to read it, to answer it, and to write and read its dead letters. */
const durableRequests = ({ stream, name, topics: consumed }: DurableDeclaration): string[] => [
  `$JS.API.CONSUMER.CREATE.${stream}.${name}`,
  `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.${name}`,
  `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`,
  `$JS.ACK.${stream}.${name}.>`,
  ...(consumed.length === 0 ? [] : letterRequests(name)),
];

/** The dead letters of one durable. */
export const letterRequests = (durable: string): string[] => [
  `rollerblade.dead-letter.${durable}.*`,
  `$JS.API.DIRECT.GET.DEAD_LETTERS.rollerblade.dead-letter.${durable}.*`,
];

/** Consumers that are made to look at the stream and go with the connection; their names are random. */
const temporaryConsumerRequests = [
  "$JS.API.CONSUMER.INFO.EVENTS.*",
  "$JS.API.CONSUMER.MSG.NEXT.EVENTS.*",
  "$JS.API.CONSUMER.DELETE.EVENTS.*",
];

/** What erasing takes: to read whatever the streams hold, to overwrite it, and to drop what handled commands left; see `eraseStreams`. */
const erasureRequests = [
  "$JS.API.CONSUMER.CREATE.EVENTS",
  "$JS.API.CONSUMER.CREATE.EVENTS.*.>",
  "$JS.API.STREAM.MSG.GET.EVENTS",
  "$JS.API.STREAM.MSG.DELETE.EVENTS",
  "$JS.API.DIRECT.GET.DEAD_LETTERS",
  "$JS.API.STREAM.MSG.GET.DEAD_LETTERS",
  "$JS.API.STREAM.MSG.DELETE.DEAD_LETTERS",
  "$JS.API.STREAM.PURGE.COMMANDS",
];

/** Of messages that some consumer crashed on: to read them, to write their letters, and to take commands from their queue. */
const advisoryRequests = [
  "$JS.API.STREAM.MSG.GET.EVENTS",
  "$JS.API.STREAM.MSG.GET.COMMANDS",
  "$JS.API.STREAM.MSG.DELETE.COMMANDS",
  "rollerblade.dead-letter.*.*",
];

/** A temporary consumer may have any name but that of somebody's durable. */
const deniedRequests = ({ stream, name }: Pick<DurableDeclaration, "stream" | "name">): string[] =>
  stream === "EVENTS"
    ? ["CREATE", "DELETE"]
        .map((verb) => `$JS.API.CONSUMER.${verb}.${stream}.${name}`)
        .concat(`$JS.API.CONSUMER.CREATE.${stream}.${name}.>`, `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`)
    : [];
