import { readFileSync } from "node:fs";
import { topicNames, topics, topology } from "../src/index.ts";
import type { MessagePage } from "./read-protos.ts";

/** `docs/reference/events.md`: the introduction, who publishes and receives what, and every message with its fields. */
export const eventsPage = (messages: readonly MessagePage[]): string =>
  [
    "<!-- Written by `npm run proto:docs` from proto/ and libs/events/documentation/introduction.md. -->",
    readFileSync(new URL("./introduction.md", import.meta.url), "utf8").trim(),
    "## Who publishes what, and who receives it",
    table(
      ["event", "what it reports", "published by", "received by", "stream"],
      topicNames.map((topic) => topicRow(topic, messages)),
    ),
    "## Durables",
    table(
      ["durable", "stream", "receives"],
      topology.durables.map(({ name, stream, topics: received }) => [
        code(name),
        code(stream),
        received.map(code).join(" ") || "everything",
      ]),
    ),
    "## The messages",
    ...topicNames.map((topic) => messageSection(code(topic), topicMessage(topic, messages))),
    "## What they are made of",
    ...messages.filter((message) => !isTopicMessage(message)).map((message) => messageSection(message.name, message)),
    "",
  ].join("\n\n");

const topicRow = (topic: (typeof topicNames)[number], messages: readonly MessagePage[]): string[] => {
  const consumers = topology.durables.filter((durable) => durable.topics.includes(topic)).map(({ name }) => code(name));
  const { comment } = topicMessage(topic, messages);
  return [
    `[${code(topic)}](#${topic.replace(".", "")})`,
    comment,
    code(topics[topic].publisher),
    consumers.join(" ") || "–",
    code(topics[topic].stream),
  ];
};

/** The page of the message that a topic carries. */
export const topicMessage = (topic: (typeof topicNames)[number], messages: readonly MessagePage[]): MessagePage => {
  const found = messages.find(({ name }) => name === topics[topic].schema.name);
  if (found === undefined) throw new Error(`The protos have no ${topics[topic].schema.name}.`);
  return found;
};

const isTopicMessage = ({ name }: MessagePage): boolean =>
  topicNames.some((topic) => topics[topic].schema.name === name);

const messageSection = (title: string, message: MessagePage): string =>
  [
    `### ${title}`,
    `${message.comment}${message.comment === "" ? "" : " "}\`${message.name}\` in \`proto/${message.file}\`.`,
    table(
      ["field", "type", ""],
      message.fields.map(({ name, type, comment }) => [code(name), code(type), comment]),
    ),
  ].join("\n\n");

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ")} |`).join("\n");

const cell = (text: string): string => text.replaceAll("|", "\\|");

const code = (text: string): string => `\`${text}\``;
