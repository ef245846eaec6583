import { topicNames, topics } from "../src/index.ts";
import { headerNames } from "../src/topics/event-headers.ts";
import { topicMessage } from "./events-page.ts";
import { type MessagePage, protoText } from "./read-protos.ts";

/** The AsyncAPI 3.0 document: one channel a topic, with the headers and the proto of its message. */
export const asyncApi = (messages: readonly MessagePage[]) => ({
  asyncapi: "3.0.0",
  info: {
    title: "Rollerblade events",
    version: "1.0.0",
    description:
      "Facts and commands over NATS JetStream; bodies are protobuf, headers are CloudEvents'. See events.md.",
    license: { name: "Apache-2.0" },
  },
  defaultContentType: "application/protobuf",
  servers: { nats: { host: "localhost:4222", protocol: "nats" } },
  channels: {
    ...keyed((topic) => ({
      address: `rollerblade.${topic}.{dataset}`,
      parameters: { dataset },
      messages: { [topic]: { $ref: `#/components/messages/${topic}` } },
    })),
    ...Object.fromEntries(
      topicNames
        .filter((topic) => topics[topic].openToTeams)
        .map((topic) => [
          `team.${topic}`,
          {
            address: `rollerblade.from.{team}.${topic}.{dataset}`,
            parameters: {
              team: { description: "Name of the team's NATS user, and of its user in accounts." },
              dataset,
            },
            messages: { [topic]: { $ref: `#/components/messages/${topic}` } },
          },
        ]),
    ),
  },
  operations: keyed((topic) => ({
    action: "send",
    channel: { $ref: `#/channels/${topic}` },
    summary: topicMessage(topic, messages).comment,
    tags: [{ name: topics[topic].publisher }, { name: topics[topic].stream }],
  })),
  components: {
    messages: keyed((topic) => ({
      name: topics[topic].schema.typeName,
      summary: topicMessage(topic, messages).comment,
      contentType: "application/protobuf",
      headers: { $ref: "#/components/schemas/headers" },
      payload: {
        schemaFormat: "application/vnd.google.protobuf;version=3",
        schema: protoText(topicMessage(topic, messages).file),
      },
    })),
    schemas: { headers: headerSchema },
  },
});

const dataset = { description: "Name of the dataset, or _ for what belongs to none." };

const text = (description: string) => ({ type: "string", description });

const headerSchema = {
  type: "object",
  required: [headerNames.id, headerNames.type, headerNames.source, headerNames.version],
  properties: {
    [headerNames.id]: text("Names the event; the same at every delivery and after a replay."),
    [headerNames.type]: text("The topic."),
    [headerNames.source]: text(
      "Who published it: `rollerblade/<service>`, or `rollerblade/<team>` under a team's subject. Another name is refused.",
    ),
    [headerNames.time]: text("When it was written down, RFC 3339."),
    [headerNames.version]: { const: "1.0" },
    [headerNames.contentType]: { const: "application/protobuf" },
    [headerNames.traceparent]: text("W3C trace context of what caused it."),
  },
};

const keyed = <T>(of: (topic: (typeof topicNames)[number]) => T): Record<string, T> =>
  Object.fromEntries(topicNames.map((topic) => [topic, of(topic)]));
