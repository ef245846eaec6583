import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import { startTestServers } from "@rollerblade/embedded/testing";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { permanent, retryable } from "../consume/failure.ts";
import type { Handler } from "../consume/handlers.ts";
import { connectNats } from "../nats/nats-connection.ts";
import type { AnyEmission } from "../publish/outbox.ts";
import { type TestService, testService } from "../testing/test-service.ts";
import { topologyOf } from "../testing/topology-of.ts";
import { newEventId } from "../topics/event-id.ts";
import { subjectOf, teamSubjectOf } from "../topics/subject.ts";
import { topics } from "../topics/topics.ts";
import { ensureTopology } from "../topology/ensure-topology.ts";
import { deadLetters } from "./dead-letters.ts";

const servers = await startTestServers();
const connection = await connectNats({ url: servers.natsUrl, name: "test" });
const letters = deadLetters(connection);
afterAll(async () => {
  await connection.close();
  await servers.stop();
});

const subscriber = async (name: string, handler: Handler<"scan.uploaded">): Promise<TestService> => {
  const one = await testService({ ...servers, name, topology: topologyOf({ name, maxDeliver: 3 }) });
  onTestFinished(() => one.stop(500));
  one.events.subscribe({ durable: name, handlers: { "scan.uploaded": handler } });
  await one.events.start();
  return one;
};

const upload = (path: string, dataset: string, id = newEventId()): AnyEmission => ({
  topic: "scan.uploaded",
  message: { dataset, path, files: [], uploader: "ada" },
  id,
});

const emit = ({ sql, events }: TestService, emissions: AnyEmission[]) =>
  sql.begin((tx) => events.emitAll(tx, emissions));

const publishedByIngest = () => {
  const made = headers();
  made.set("ce-source", "rollerblade/ingest");
  return made;
};

const lettersOf = async (durable: string) => {
  const { items } = await letters.list({ limit: 1_000 });
  return items.filter((letter) => letter.durable === durable);
};

test("one poisoned event of a batch becomes a dead letter, and the others are handled", async () => {
  const seen: string[] = [];
  const one = await subscriber("poisoned", async (events) => {
    const own = events.filter((event) => event.dataset === "po");
    if (own.some((event) => event.message.path === "bad"))
      throw permanent("this one cannot be", { cause: new RangeError("7") });
    seen.push(...own.map((event) => event.message.path));
  });
  const bad = newEventId();
  const good = Array.from({ length: 60 }, (_, index) => upload(`sub-${index}`, "po"));
  await emit(one, [...good.slice(0, 17), upload("bad", "po", bad), ...good.slice(17)]);
  await expect.poll(() => lettersOf("poisoned")).toHaveLength(1);
  await expect.poll(() => seen.length).toBe(60);
  expect(await letters.show(`poisoned.${bad}`)).toMatchObject({
    durable: "poisoned",
    event: bad,
    stream: "EVENTS",
    subject: "rollerblade.scan.uploaded.po",
    deliveries: 1,
    reason: "this one cannot be",
    stack: expect.stringMatching(/this one cannot be[\s\S]*caused by: RangeError: 7/),
    headers: { "ce-id": bad, "ce-type": "scan.uploaded", "ce-source": "rollerblade/ingest" },
  });
});

test("a handler that names the culprit needs no search", async () => {
  let failures = 0;
  const one = await subscriber("named", async (events) => {
    const bad = events.find((event) => event.message.path === "bad" && event.dataset === "na");
    if (bad === undefined) return;
    failures += 1;
    throw permanent("bad", { event: bad });
  });
  await emit(one, [upload("a", "na"), upload("bad", "na"), upload("b", "na"), upload("c", "na")]);
  await expect.poll(() => lettersOf("named")).toHaveLength(1);
  // A search by halving would have given the event to the handler again.
  expect(failures).toBe(1);
});

test("an event that fails every time is tried again with pauses, and then becomes a dead letter", async () => {
  const deliveries: number[] = [];
  const one = await subscriber("failing", async (events) => {
    const [event] = events.filter(({ dataset }) => dataset === "fa");
    if (event === undefined) return;
    deliveries.push(event.delivery);
    throw retryable("not yet", { delay: 50 });
  });
  await emit(one, [upload("a", "fa")]);
  await expect.poll(() => lettersOf("failing")).toHaveLength(1);
  expect([...new Set(deliveries)]).toEqual([1, 2, 3]);
  expect((await lettersOf("failing"))[0]).toMatchObject({ reason: "not yet", deliveries: 3 });
});

test("a body that is not a message becomes a dead letter, and replaying it makes another one", async () => {
  await subscriber("undecodable", async () => {});
  await jetstream(connection).publish(subjectOf("scan.uploaded", "un"), new Uint8Array([255, 255, 255]), {
    msgID: "foreign.1",
    headers: publishedByIngest(),
  });
  await expect.poll(() => lettersOf("undecodable")).toHaveLength(1);
  const [letter] = await lettersOf("undecodable");
  expect(letter).toMatchObject({ reason: "The body is not a scan.uploaded message.", event: "foreign.1" });
  await letters.replay(letter?.id ?? "");
  await expect.poll(async () => (await lettersOf("undecodable"))[0]?.time).not.toBe(letter?.time);
});

test("an event that somebody else forged is refused with the reason, and never handled", async () => {
  const seen: string[] = [];
  await subscriber("believing", async (events) => {
    seen.push(...events.filter(({ dataset }) => dataset === "fo").map(({ publisher }) => publisher.name));
  });
  const body = topics["scan.uploaded"].encode({ dataset: "fo", path: "a", files: [], uploader: "ada" });
  const forge = (subject: string, source: string, msgID: string) => {
    const made = headers();
    made.set("ce-source", `rollerblade/${source}`);
    return jetstream(connection).publish(subject, body, { msgID, headers: made });
  };
  await forge(subjectOf("scan.uploaded", "fo"), "billing", "forged-1");
  await forge(teamSubjectOf("billing", "scan.uploaded", "fo"), "ingest", "forged-2");
  await forge(teamSubjectOf("billing", "scan.uploaded", "fo"), "billing", "honest-1");
  await expect.poll(() => seen).toEqual(["billing"]);
  const refused = async () => (await lettersOf("believing")).filter(({ subject }) => subject.endsWith(".fo"));
  await expect.poll(refused).toHaveLength(2);
  expect((await refused()).map(({ reason }) => reason)).toEqual([
    "scan.uploaded is published by ingest only, and this one names rollerblade/billing in ce-source.",
    "It is of the team billing, but names rollerblade/ingest in ce-source.",
  ]);
});

test("a replayed event keeps its id and goes to the consumer that gave it up, and to no other", async () => {
  let broken = true;
  const seen: string[] = [];
  const one = await subscriber("replaying", async (events) => {
    for (const event of events.filter(({ dataset }) => dataset === "rp")) {
      if (broken) throw permanent("a defect");
      seen.push(event.id);
    }
  });
  const bystander: string[] = [];
  await subscriber("bystander", async (events) => {
    bystander.push(...events.filter(({ dataset }) => dataset === "rp").map((event) => event.id));
  });
  const id = newEventId();
  await emit(one, [upload("a", "rp", id)]);
  const given = async () => (await lettersOf("replaying")).map((letter) => letter.event);
  await expect.poll(given).toContain(id);
  broken = false;
  await letters.replay(`replaying.${id}`);
  await expect.poll(() => seen).toEqual([id]);
  // What comes behind the replayed event in the stream shows that the bystander has passed it.
  const marker = newEventId();
  await emit(one, [upload("marker", "rp", marker)]);
  await expect.poll(() => bystander).toContain(marker);
  expect(bystander).toEqual([id, marker]);
  await expect.poll(given).not.toContain(id);
  await expect(letters.replay(`replaying.${id}`)).rejects.toMatchObject({ code: "not-found" });
});

test("a message that its consumer never answers becomes a dead letter through the server's notice", async () => {
  const crashing = topologyOf({ name: "crashing", maxDeliver: 2, ackWait: 200 });
  await ensureTopology(connection, crashing);
  const one = await subscriber("watching", async () => {});
  const id = newEventId();
  await emit(one, [upload("a", "cr", id)]);
  const consumer = await jetstream(connection).consumers.get("EVENTS", "crashing");
  const pulled = await consumer.consume({ max_messages: 10 });
  const pulling = (async () => {
    for await (const _ of pulled);
  })();
  await expect.poll(async () => (await lettersOf("crashing")).map(({ event }) => event)).toContain(id);
  await pulled.close();
  await pulling;
  expect((await lettersOf("crashing")).find(({ event }) => event === id)).toMatchObject({
    deliveries: 2,
    subject: "rollerblade.scan.uploaded.cr",
    reason: "It was delivered 2 times and never answered: the consumer crashed or hung each time.",
  });
});

test("dead letters are listed in pages, oldest first", async () => {
  const first = await letters.list({ limit: 2 });
  expect(first.items).toHaveLength(2);
  const second = await letters.list({ limit: 1_000, after: first.next ?? "" });
  const all = await letters.list({ limit: 1_000 });
  expect([...first.items, ...second.items]).toEqual(all.items);
  expect(second.next).toBeNull();
  const manager = await jetstreamManager(connection);
  expect((await manager.streams.info("DEAD_LETTERS")).state.messages).toBe(all.items.length);
});

test("a letter stays when its event fails again before the replay has deleted the older letter", async () => {
  const one = await subscriber("again", async (events) => {
    if (events.some(({ dataset }) => dataset === "ag")) throw permanent("still a defect");
  });
  const id = newEventId();
  await emit(one, [upload("a", "ag", id)]);
  const own = async () => (await lettersOf("again")).filter(({ event }) => event === id);
  await expect.poll(own, { timeout: 10_000 }).toHaveLength(1);
  const [older] = await own();
  // The consumer is faster than the deletion here: every call of the server's API waits until the newer letter is stored.
  const newer = async () => (await own()).some(({ time }) => time !== older?.time);
  const slow = deadLetters(
    new Proxy(connection, {
      get: (target, name) =>
        name === "request"
          ? async (...[subject, ...rest]: Parameters<typeof connection.request>) => {
              if (subject.includes("STREAM.MSG.DELETE")) await expect.poll(newer, { timeout: 5_000 }).toBe(true);
              return target.request(subject, ...rest);
            }
          : Reflect.get(target, name, target),
    }),
  );
  await slow.replay(`again.${id}`);
  expect(await own()).toMatchObject([{ event: id, reason: "still a defect" }]);
});

test("what is too large to be published becomes a dead letter at once, and the subscriber is notified of it", async () => {
  const one = await testService({ ...servers, name: "large", topology: topologyOf({ name: "large", maxDeliver: 3 }) });
  onTestFinished(() => one.stop(500));
  const given: string[] = [];
  const files = Array.from({ length: 5_000 }, (_, index) => ({ path: `f${index}`.padEnd(200), role: "", sha256: "" }));
  one.events.subscribe({
    durable: "large",
    handlers: {
      "scan.uploaded": async (events, tx) => {
        const event = events.find(({ dataset }) => dataset === "la");
        if (event === undefined) return;
        await one.events.emit(tx, "scan.uploaded", { dataset: "other", path: "p", uploader: "ada", files });
      },
    },
    onDeadLetter: async ({ id }, reason) => void given.push(`${id}: ${reason}`),
  });
  await one.events.start();
  const id = newEventId();
  await emit(one, [upload("a", "la", id)]);
  const own = async () => (await lettersOf("large")).filter(({ event }) => event === id);
  await expect.poll(own, { timeout: 10_000 }).toHaveLength(1);
  const [letter] = await own();
  expect(letter).toMatchObject({ deliveries: 1, reason: expect.stringContaining("more than the 524288") });
  expect(given).toEqual([`${id}: ${letter?.reason}`]);
});
