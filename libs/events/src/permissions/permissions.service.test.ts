import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { newNatsSeed, silentLog, startNats } from "@rollerblade/embedded";
import { createLogger } from "@rollerblade/telemetry";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { subscribe } from "../consume/subscribe.ts";
import { type DeadLetter, deadLetterId, deadLetterSubject } from "../dead-letters/dead-letter.ts";
import { eraseStreams } from "../erasure/erase-streams.ts";
import { connectNats } from "../nats/nats-connection.ts";
import { publish } from "../publish/publish.ts";
import { eventHeaders } from "../topics/event-headers.ts";
import { newEventId } from "../topics/event-id.ts";
import { subjectOf, teamSubjectOf } from "../topics/subject.ts";
import { type TopicName, topicNames, topics } from "../topics/topics.ts";
import { ensureTopology } from "../topology/ensure-topology.ts";
import { topology } from "../topology/topology.ts";
import { ensureTeamDurables } from "./ensure-team-durables.ts";
import { installationUsers } from "./service-users.ts";
import { teamUser } from "./team-user.ts";
import { usersConfiguration } from "./users-configuration.ts";

const grant = { team: "billing", publish: ["scan.uploaded"], subscribe: ["scan.indexed"], datasets: ["ds1"] };
const users = [...installationUsers(), teamUser(grant)];
const seeds = Object.fromEntries(users.map(({ name }) => [name, newNatsSeed()]));

const folder = mkdtempSync(join(tmpdir(), "users-nats-"));
const nats = await startNats({
  folder,
  seeds,
  users: {
    names: Object.keys(seeds),
    authorization: (keys) => usersConfiguration(users.map((user) => ({ ...user, nkey: keys[user.name] ?? "" }))),
  },
  log: silentLog,
});
const operator = await connectNats({ url: nats.url(), name: "operator" });
await ensureTopology(operator, topology);
await ensureTeamDurables(operator, grant);
afterAll(async () => {
  await operator.close();
  await nats.stop();
  rmSync(folder, { recursive: true });
});

const connectAs = async (user: string): Promise<NatsConnection> => {
  const connection = await connectNats({ url: nats.url(user), name: user });
  onTestFinished(() => connection.close());
  return connection;
};

const headersOf = (topic: TopicName, source: string) =>
  eventHeaders({ id: newEventId(), topic, source, time: new Date(), traceparent: "" });

/** Publishes as somebody, and returns what the server says to it. */
const tryPublish = async (user: string, subject: string, topic: TopicName): Promise<string> => {
  const connection = await connectAs(user);
  const headers = headersOf(topic, topics[topic].publisher);
  const refused = Promise.withResolvers<string>();
  const watch = async () => {
    for await (const status of connection.status()) if (status.type === "error") refused.resolve(status.error.message);
  };
  void watch();
  const stored = jetstream(connection)
    .publish(subject, new Uint8Array(), { headers })
    .then(
      () => "stored",
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  return Promise.race([stored, refused.promise]);
};

const messagesIn = async (stream: string): Promise<number> =>
  (await (await jetstreamManager(operator)).streams.info(stream)).state.messages;

describe("a forged event of each kind is refused by the server", () => {
  test.each(topicNames.map((topic) => [topic]))("%s of another team", async (topic) => {
    const { stream } = topics[topic];
    const before = await messagesIn(stream);
    expect(await tryPublish("billing", subjectOf(topic, "ds1"), topic)).toMatch(/permissions violation/i);
    expect(await messagesIn(stream)).toBe(before);
  });

  test.each(topicNames.map((topic) => [topic]))("%s of a service that does not own it", async (topic) => {
    const stranger = topics[topic].publisher === "tagger" ? "ingest" : "tagger";
    expect(await tryPublish(stranger, subjectOf(topic, "ds1"), topic)).toMatch(/permissions violation/i);
    expect(await tryPublish("gateway", subjectOf(topic, "ds1"), topic)).toMatch(/permissions violation/i);
  });
});

test.each(topicNames.map((topic) => [topic]))("%s of the service that owns it is stored", async (topic) => {
  expect(await tryPublish(topics[topic].publisher, subjectOf(topic, "ds1"), topic)).toBe("stored");
});

test("a team publishes under its own name what it was granted, about the datasets that it was granted, and nothing else", async () => {
  const message = { dataset: "ds1", path: "a", files: [], uploader: "ada" };
  const url = nats.url("billing");
  await expect(publish("scan.uploaded", message, { url })).resolves.toMatch(/^[0-9a-f-]{36}$/);
  const stored = await (await jetstreamManager(operator)).streams.getMessage("EVENTS", {
    last_by_subj: "rollerblade.from.billing.scan.uploaded.ds1",
  });
  expect(stored?.header.get("ce-source")).toBe("rollerblade/billing");
  const refused = [
    "rollerblade.from.billing.scan.uploaded.ds2",
    "rollerblade.from.billing.metadata.uploaded.ds1",
    "rollerblade.from.imaging.scan.uploaded.ds1",
    "rollerblade.replay.EVENTS.catalog.x",
    "rollerblade.dead-letter.catalog.x",
  ];
  for (const subject of refused)
    expect(await tryPublish("billing", subject, "scan.uploaded"), subject).toMatch(/permissions violation/i);
});

test("a team subscribes with the durable that was made for it, and to no other", async () => {
  const url = nats.url("billing");
  const log = createLogger("billing", { level: "silent" });
  const events: string[] = [];
  const listening = await subscribe("scan.indexed", { durable: "billing_scan_indexed", url, log }, (event) => {
    events.push(`${event.dataset} ${event.publisher.name}`);
  });
  onTestFinished(() => listening.stop());
  const catalog = await connectAs("catalog");
  for (const dataset of ["ds2", "ds1"]) {
    const headers = headersOf("scan.indexed", "catalog");
    await jetstream(catalog).publish(subjectOf("scan.indexed", dataset), new Uint8Array(), { headers });
  }
  await expect.poll(() => new Set(events)).toEqual(new Set(["ds1 catalog"]));
  await expect(subscribe("scan.indexed", { durable: "billing_other", url, log }, () => {})).rejects.toMatchObject({
    code: "forbidden",
    message: 'This user may neither read nor make the durable "billing_other".',
  });
});

test("a team reads its own durable, and no event of a dataset that it was not granted", async () => {
  const source = "catalog";
  const catalog = await connectAs(source);
  for (const dataset of ["ds1", "ds2"])
    await jetstream(catalog).publish(subjectOf("scan.indexed", dataset), new Uint8Array(), {
      headers: headersOf("scan.indexed", source),
    });
  const billing = await connectAs("billing");
  const consumer = await jetstream(billing, { checkAPI: false }).consumers.get("EVENTS", "billing_scan_indexed");
  const seen = new Set<string>();
  for await (const message of await consumer.fetch({ max_messages: 10, expires: 1_000 })) {
    seen.add(message.subject);
    message.ack();
  }
  expect([...seen]).toEqual(["rollerblade.scan.indexed.ds1"]);
  const pending = async () =>
    (await (await jetstreamManager(operator)).consumers.info("EVENTS", "billing_scan_indexed")).num_ack_pending;
  await expect.poll(pending).toBe(0);
});

/** A request to JetStream by somebody; what the server says, or `answered`. */
const tryRequest = async (user: string, subject: string, body: object = {}): Promise<string> => {
  const connection = await connectAs(user);
  return connection.request(subject, JSON.stringify(body), { timeout: 1_000 }).then(
    () => "answered",
    (error: unknown) => (error instanceof Error ? `${error.message} ${error.cause}` : String(error)),
  );
};

test.each([
  ["billing", "$JS.API.STREAM.INFO.EVENTS"],
  ["billing", "$JS.API.STREAM.MSG.GET.EVENTS"],
  ["billing", "$JS.API.DIRECT.GET.EVENTS"],
  ["billing", "$JS.API.CONSUMER.CREATE.EVENTS.billing_scan_indexed"],
  ["billing", "$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.billing_scan_indexed"],
  ["billing", "$JS.API.CONSUMER.MSG.NEXT.EVENTS.catalog"],
  ["tagger", "$JS.API.CONSUMER.MSG.NEXT.EVENTS.catalog"],
  ["tagger", "$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.catalog"],
  ["tagger", "$JS.API.CONSUMER.CREATE.EVENTS.catalog.rollerblade.result.tagged.*"],
  ["tagger", "$JS.API.CONSUMER.DELETE.EVENTS.catalog"],
  ["tagger", "$JS.API.CONSUMER.MSG.NEXT.COMMANDS.scheduler-commands"],
  ["tagger", "$JS.API.STREAM.UPDATE.EVENTS"],
  ["tagger", "$JS.API.STREAM.DELETE.EVENTS"],
  ["tagger", "$JS.API.STREAM.PURGE.DEAD_LETTERS"],
  ["gateway", "$JS.API.CONSUMER.CREATE.EVENTS.catalog.rollerblade.>"],
  ["gateway", "$JS.API.STREAM.MSG.DELETE.DEAD_LETTERS"],
])("%s may not ask the server for %s", async (user, subject) => {
  expect(await tryRequest(user, subject)).toMatch(/permissions violation/i);
});

test("the catalog erases what services and teams published about a person, its dead letters and handled commands", async () => {
  const [label, dataset] = ["Zq7Plant", "erased1"];
  const manager = await jetstreamManager(operator);
  const body = topics["scan.uploaded"].encode({
    dataset,
    path: `sub-${label}/anat/sub-${label}_T1w.nii.gz`,
    files: [],
  });
  const other = topics["scan.uploaded"].encode({ dataset, path: "sub-Ke1/anat/sub-Ke1_T1w.nii.gz", files: [] });
  const send = async (subject: string, bytes: Uint8Array): Promise<number> =>
    (await jetstream(operator).publish(subject, bytes, { headers: headersOf("scan.uploaded", "ingest") })).seq;
  const [ofService, ofTeam] = [subjectOf("scan.uploaded", dataset), teamSubjectOf("billing", "scan.uploaded", dataset)];
  const planted = [await send(ofService, body), await send(ofTeam, body)];
  const kept = [await send(ofService, other), await send(ofTeam, other)];
  const event = newEventId();
  const letter: DeadLetter = {
    ...{ id: deadLetterId("catalog", event), durable: "catalog", event, subject: ofTeam, stream: "EVENTS" },
    ...{ sequence: planted[1] ?? 0, deliveries: 1, reason: "refused", stack: "", headers: {} },
    ...{ body: Buffer.from(body).toString("base64"), time: new Date().toISOString() },
  };
  const letterSubject = deadLetterSubject(letter.id);
  await jetstream(operator).publish(letterSubject, JSON.stringify(letter));
  await manager.streams.purge("COMMANDS");

  const catalog = await connectAs("catalog");
  const handled = { ...topology, durables: [] };
  const erased = await eraseStreams(catalog, handled, { dataset, subject: label }, new Date(Date.now() + 1_000));
  expect(erased).toEqual({ erased: 3, waitingFor: [] });
  for (const seq of planted) expect(await manager.streams.getMessage("EVENTS", { seq })).toBeNull();
  for (const seq of kept) expect(await manager.streams.getMessage("EVENTS", { seq })).not.toBeNull();
  expect(await manager.streams.getMessage("DEAD_LETTERS", { last_by_subj: letterSubject })).toBeNull();

  // Nobody else may do so.
  const scheduler = await connectAs("scheduler");
  const stranger = eraseStreams(scheduler, handled, { dataset, subject: "Ke1" }, new Date(Date.now() + 1_000));
  await expect(stranger).rejects.toThrow(/permissions violation/i);
  expect(await manager.streams.getMessage("EVENTS", { seq: kept[0] ?? 0 })).not.toBeNull();
});

test("nobody but the operator listens to what others are sent", async () => {
  for (const subject of ["rollerblade.>", "_INBOX_catalog.>", "_INBOX.>", "$JS.>"]) {
    const billing = await connectAs("billing");
    const refused = Promise.withResolvers<string>();
    billing.subscribe(subject, { callback: (error) => refused.resolve(error?.message ?? "") });
    expect(await refused.promise, subject).toMatch(/permissions violation/i);
  }
});

test("a seed that the server does not know is refused", async () => {
  const url = nats.url("billing").replace(seeds.billing ?? "", newNatsSeed());
  await expect(connectNats({ url, name: "stranger" })).rejects.toThrow(/NATS refuses the connection/);
});
