import { describe, expect, test } from "vitest";
import { parseCrash } from "../crash-point.ts";
import { addressesOf } from "../nats/nats-connection.ts";
import { requireServerVersion } from "../nats/server-version.ts";
import { outboxRow } from "../publish/outbox.ts";
import { topology } from "../topology/topology.ts";
import { eventIdOf } from "./event-id.ts";
import { parseSubject, subjectOf, teamSubjectOf } from "./subject.ts";
import { topicNames, topics } from "./topics.ts";

describe("subjects", () => {
  test("name the topic and the dataset", () => {
    expect(subjectOf("scan.uploaded", "ds001")).toBe("rollerblade.scan.uploaded.ds001");
    expect(subjectOf("analysis.created", null)).toBe("rollerblade.analysis.created._");
  });

  test.each([["a.b"], [">"], ["*"], [""], ["_"], ["a b"], ["x".repeat(64)]])("refuse the dataset %j", (dataset) => {
    expect(() => subjectOf("scan.uploaded", dataset)).toThrow("cannot be the name of a dataset");
  });

  test.each(topicNames.map((topic) => [topic]))("of %s can be read back", (topic) => {
    expect(parseSubject(subjectOf(topic, "ds-1"))).toEqual({ topic, dataset: "ds-1", team: null });
    expect(parseSubject(subjectOf(topic, null))).toEqual({ topic, dataset: null, team: null });
    const team = teamSubjectOf("imaging", topic, "ds-1");
    expect(parseSubject(team)).toEqual({ topic, dataset: "ds-1", team: "imaging" });
  });

  test.each([
    ["rollerblade.scan.eaten.ds"],
    ["rollerblade.from.a.b.scan.uploaded.ds"],
    ["rollerblade.replay.EVENTS.catalog.x"],
    ["other.scan.uploaded.ds"],
    ["rollerblade.scan.uploaded"],
  ])("%s is none", (subject) => {
    expect(parseSubject(subject)).toBeNull();
  });
});

describe("the topology", () => {
  const takes = (patterns: readonly string[], subject: string): boolean =>
    patterns.some((pattern) =>
      new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", "[^.]+")}$`).test(subject),
    );

  test.each(topicNames.map((topic) => [topic]))("stores %s in its stream and in no other", (topic) => {
    const taking = topology.streams.filter(({ subjects }) => takes(subjects, subjectOf(topic, "ds")));
    expect(taking.map(({ name }) => name)).toEqual([topics[topic].stream]);
  });

  test("lets each durable receive only topics of its own stream, and a command only one", () => {
    for (const { stream, topics: subscribed } of topology.durables)
      for (const topic of subscribed) expect(topics[topic].stream).toBe(stream);
    const commands = topology.durables
      .filter(({ stream }) => stream === "COMMANDS")
      .flatMap((durable) => durable.topics);
    expect(new Set(commands).size).toBe(commands.length);
  });
});

test("a row of the outbox names the dataset of the event, by its message unless given", () => {
  const message = { dataset: "ds1", path: "a", files: [], uploader: "ada" };
  expect(outboxRow({ topic: "scan.uploaded", message })).toMatchObject({
    dataset: "ds1",
    subject: "rollerblade.scan.uploaded.ds1",
  });
  expect(outboxRow({ topic: "scan.uploaded", message, dataset: null })).toMatchObject({ dataset: null });
  expect(outboxRow({ topic: "run.started", message: { run: "r" } })).toMatchObject({ dataset: null });
});

test("a body that is too large and an id that is not a UUID are refused", () => {
  const message = { dataset: "ds1", path: "x".repeat(600_000), files: [], uploader: "ada" };
  expect(() => outboxRow({ topic: "scan.uploaded", message })).toThrow("more than the 524288");
  expect(() => outboxRow({ topic: "scan.uploaded", message: { ...message, path: "x" }, id: "seven" })).toThrow(
    "is not a UUID",
  );
});

test("ids of the same parts are the same, and of other parts others", () => {
  expect(eventIdOf("a", "b")).toBe(eventIdOf("a", "b"));
  expect(eventIdOf("a", "b")).not.toBe(eventIdOf("ab", ""));
});

test.each([
  ["nats://host", { servers: ["host:4222"] }],
  ["host:5000", { servers: ["host:5000"] }],
  ["nats://ada:s%40t@one:1,nats://two:2", { servers: ["one:1", "two:2"], user: "ada", pass: "s@t" }],
  [
    "nats://ingest:SUAMLK2ZNL35WSMW37E7UD4VZ7ELPKW7DHC3BWBSD2GCZ7IUQQXZIORRBU@one:1",
    { servers: ["one:1"], user: "ingest", pass: "SUAMLK2ZNL35WSMW37E7UD4VZ7ELPKW7DHC3BWBSD2GCZ7IUQQXZIORRBU" },
  ],
  ["tls://host", { servers: ["host:4222"], tls: {} }],
  ["nats://token@host:1", { servers: ["host:1"], token: "token" }],
])("the address %s is understood", (url, addresses) => {
  expect(addressesOf(url)).toEqual(addresses);
});

test.each([
  ["2.9.25", false],
  ["1.4.1", false],
  ["2.10.0", true],
  ["2.15.1", true],
  ["3.0.0-beta", true],
])("a server of version %s is fine: %s", (version, fine) => {
  const require = () => requireServerVersion(version);
  if (fine) expect(require).not.toThrow();
  else expect(require).toThrow("2.10 or newer");
});

test.each([
  ["relay.published", { place: "relay.published", nth: 1 }],
  ["relay.published:3", { place: "relay.published", nth: 3 }],
])("the crash point %s is understood", (value, crash) => {
  expect(parseCrash(value)).toEqual(crash);
});
