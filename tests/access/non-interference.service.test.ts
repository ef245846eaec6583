import { randomUUID } from "node:crypto";
import { accountsRoutes, catalogRoutes, routerRoutes, schedulerRoutes } from "@rollerblade/client";
import { serviceClient } from "@rollerblade/service-kit/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PeopleWorld, type Person, startPeopleWorld, until } from "./people-world.ts";
import { type Guesses, openApiDocument, type ScriptedRequest, strangerScript } from "./stranger-script.ts";

/**
 * What is not yours does not exist for you: a stranger, bob, makes the same requests of every route in two worlds, one with and one
 * without all that alice has, and gets the same answers, byte for byte but for ids, times and random texts.
 */
let without: Side;
let withAlice: Side;

/** A world with bob in it, and what he guesses of alice's. */
type Side = { readonly world: PeopleWorld; readonly alice: Person; readonly bob: Person; readonly ids: AliceIds };

/** Ids of alice's things, which bob somehow knows; where she has nothing they are made up. */
type AliceIds = {
  readonly run: string;
  readonly task: string;
  readonly execution: string;
  readonly others: readonly string[];
};

beforeAll(async () => {
  [without, withAlice] = await Promise.all([startSide(false), startSide(true)]);
});
afterAll(async () => {
  await Promise.all([without.world.stop(), withAlice.world.stop()]);
});

const startSide = async (isWithAlice: boolean): Promise<Side> => {
  const world = await startPeopleWorld();
  const alice = await world.addUser("alice");
  const bob = await world.addUser("bob");
  await world.createAnalysis("hello", "admin");
  const everyone = { kind: "analysis", resource: "hello", grantee: "everyone" } as const;
  await world.root.call(accountsRoutes.giveGrant, { params: everyone, body: { role: "runner" } });
  const ids = isWithAlice ? await liveAsAlice(world, alice) : madeUp();
  await world.importAs(bob, "own", ["01", "02"]);
  await runAs(bob, "hello", 'dataset.name == "own"');
  await apply(bob, "own-document", documentOn("*"));
  await world.settleRuns();
  const side = { world, alice, bob, ids };
  await settleDocument(side);
  return side;
};

const settleDocument = async ({ world, bob }: Side): Promise<void> => {
  const status = () => bob.client.call(routerRoutes.showPipelineStatus, { params: { name: "own-document" } });
  await until("the document has settled", async () => (await status()).settled);
  await world.settleRuns();
};

const madeUp = (): AliceIds => ({
  run: madeUpId(),
  task: madeUpId(),
  execution: madeUpId(),
  others: [madeUpId(), madeUpId(), madeUpId()],
});

/** A UUIDv7 of this moment (RFC 9562, 5.7), as those of runs are: pages that begin behind it are the same as behind hers. */
const madeUpId = (): string => {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
};

const runAs = (person: Person, analysis: string, query: string) =>
  person.client.call(schedulerRoutes.createRun, {
    body: { analysis, version: "*", query, parameters: { note: "hers" } },
  });

const documentOn = (pattern: string): string => `datasets: ["${pattern}"]
rules:
  - name: greet
    on: {scan: {suffix: T1w}}
    run: {analysis: hello, version: ^1}
tags:
  - name: value
    from: {analysis: hello, output: report}
    title: A value
    show: {kind: metric, value: /value}
`;

const apply = (person: Person, name: string, source: string) =>
  person.client.call(routerRoutes.applyPipeline, { params: { name }, body: { source } });

/** The same scans as bob's, so that a shared cache would tell; a private analysis, documents, runs, queries, and a deletion. */
const liveAsAlice = async (world: PeopleWorld, alice: Person): Promise<AliceIds> => {
  await world.createAnalysis("hers", "alice");
  await world.importAs(alice, "secret", ["01", "02", "03"]);
  await world.importAs(alice, "gone", ["01"]);
  const run = await runAs(alice, "hello", 'dataset.name == "secret"');
  await runAs(alice, "hers", 'dataset.name == "secret"');
  await runAs(alice, "hello", 'subject.label == "JaneDoe1974"');
  await apply(alice, "hers", documentOn("*"));
  const saved = { expression: 'dataset.name == "secret"', level: "scan", description: "hers" } as const;
  await alice.client.call(catalogRoutes.saveQuery, { params: { name: "hers" }, body: saved });
  await alice.client.call(catalogRoutes.pinQuery, { params: { name: "hers", pin: "first" } });
  await world.settleRuns();
  const gone = await alice.client.call(catalogRoutes.deleteDataset, { params: { dataset: "gone" } });
  const deletion = () =>
    alice.client.call(catalogRoutes.showDeletion, { params: { dataset: "gone", deletion: gone.id } });
  await until("the deletion is finished", async () => (await deletion()).finishedAt !== null);
  const [task] = (await alice.client.call(schedulerRoutes.listTasks, { query: { run: run.id } })).items;
  const [imported] = await world.sql<{ id: string }[]>`select id from ingest.imports where dataset = 'secret'`;
  const [token] = await world.sql<{ id: string }[]>`select id from accounts.tokens where user_name = 'alice'`;
  return {
    run: run.id,
    task: task?.id ?? "",
    execution: task?.execution ?? "",
    others: [imported?.id ?? "", gone.id, token?.id ?? ""],
  };
};

const guessesFor = ({ ids }: Side): Guesses => {
  const every = [ids.run, ids.task, ids.execution, ...ids.others];
  return {
    dataset: ["secret", "gone", "own"],
    kind: ["dataset", "analysis", "query", "pipeline"],
    name: ["hers", "secret", "gone"],
    resource: ["secret", "hers"],
    grantee: ["alice", "everyone"],
    id: every,
    import: ids.others,
    deletion: ids.others,
    run: [ids.run],
    number: ["1"],
    pin: ["first"],
    subject: ["01", "03"],
    document: ["hers", "own-document"],
    analysis: ["hers", "hello"],
    path: ["sub-01/anat/sub-01_T1w.nii.gz"],
    owner: ["alice"],
    role: ["viewer"],
    user: ["alice"],
    label: ["a token"],
    level: ["scan"],
    query: ['dataset.name == "secret"', 'subject.label == "03"'],
    expression: ['dataset.name == "secret"', "subject.age > 40", 'subject.label == "JaneDoe1974"'],
    source: ["secret", documentOn("secret"), documentOn("*").replaceAll("hello", "hers")],
    manifest: ["name: hers\nversion: 2.0.0\n"],
    version: ["*"],
    limit: ["1", "1000"],
    after: ["AAAA", ...every.slice(0, 2)],
    suffix: ["T1w"],
    prefix: ["sub-", "metadata."],
    rule: ["greet"],
    tag: ["value"],
    topics: ["scan.indexed", "run.finished"],
    state: ["open", "finished", "in-force"],
    sha256: [`sha256:${"0".repeat(64)}`],
    from: ["hers"],
    to: ["hers"],
  };
};

/** Whether a request asks for a name of all people's one namespace: who asks for one that is taken learns that it is not available. */
const asksForName = ({ operation, path, body }: ScriptedRequest): boolean =>
  ((operation === "PUT /v1/resources/{kind}/{name}" || operation === "PUT /v1/queries/{name}") &&
    !path.includes("own")) ||
  (applies.test(operation) && !path.includes("own")) ||
  ((operation === "POST /v1/imports" || operation === "POST /v1/uploads") && !`${path}${body}`.includes("own"));

const applies = /^POST \/v1\/pipelines\/\{name\}(\/plan)?$/;

/** Whether a request changes a document of bob's own, after which everything takes its time to settle. */
const changesOwn = ({ operation, path }: ScriptedRequest): boolean => applies.test(operation) && path.includes("own");

/** Ends what stays open by itself. */
const requestTimeoutMs = 15_000;

const ask = async ({ world, bob }: Side, { method, path, body, contentType }: ScriptedRequest): Promise<string> => {
  const response = await fetch(new URL(path, world.door), {
    method,
    signal: AbortSignal.timeout(path.startsWith("/v1/events") ? 1_500 : requestTimeoutMs),
    headers: {
      authorization: `Bearer ${bob.token}`,
      ...(contentType === null ? {} : { "content-type": contentType }),
    },
    ...(body === null ? {} : { body }),
  });
  const headers = [...response.headers]
    .filter(([name]) => !ownHeaders.has(name))
    .map(([name, value]) => `${name}: ${masked(value)}`);
  return [`${response.status}`, ...headers, masked(await textOf(response))].join("\n");
};

/** Headers that tell of this one answer: when, how long with its ids and numbers, and which connection. */
const ownHeaders = new Set(["date", "content-length", "connection", "keep-alive", "transfer-encoding"]);

const textOf = async (response: Response): Promise<string> => {
  if (!(response.headers.get("content-type") ?? "").startsWith("text/event-stream")) return response.text();
  let text = "";
  try {
    for await (const part of response.body ?? []) text += new TextDecoder().decode(part);
  } catch {
    // A live view stays open until its time is over.
  }
  // Events of several services come in any order; numbers of the stream are ids.
  return text
    .split("\n")
    .filter((line) => line.startsWith("data: ") || line.startsWith("event: "))
    .map((line) => masked(line))
    .toSorted()
    .join("\n");
};

/** A text without ids, times, secrets, links and numbers that only order things. */
const masked = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "ID")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME")
    .replace(/rb_[A-Za-z0-9_-]{43}/g, "TOKEN")
    .replace(/"(url)":"[^"]*"/g, '"$1":"LINK"')
    .replace(/"(revision|sequence)":"?\d+"?/g, '"$1":"NUMBER"')
    .replace(/"(waiting|lagSeconds)":[\d.e-]+/g, '"$1":"LOAD"')
    .replace(/"next":"[^"]*"/g, '"next":"CURSOR"')
    .replace(/rollerblade-test-world-\w+/g, "FOLDER");

/** Sends each request in both worlds. */
const compare = async (pairs: readonly (readonly [ScriptedRequest, ScriptedRequest])[]) => {
  const differences: string[] = [];
  const statuses: string[] = [];
  for (const [left, right] of pairs) {
    const [mine, theirs] = await Promise.all([ask(without, left), ask(withAlice, right)]);
    statuses.push(mine.slice(0, 3));
    if (mine !== theirs)
      differences.push(
        `${left.method} ${masked(left.path)} ${left.body ?? ""}\n--- without\n${mine}\n--- with\n${theirs}`,
      );
  }
  return { differences, statuses };
};

/** Takes the names of what alice has in the other world, with nothing under them, and frees the one that she has deleted there. */
const takeNames = async ({ world, alice }: Side): Promise<void> => {
  for (const params of [
    { kind: "dataset", name: "secret" },
    { kind: "dataset", name: "gone" },
    { kind: "analysis", name: "hers" },
    { kind: "query", name: "hers" },
    { kind: "pipeline", name: "hers" },
  ] as const)
    await alice.client.call(accountsRoutes.claimResource, { params });
  const [gone] = await world.sql<{ id: string }[]>`select id from accounts.resources where name = 'gone'`;
  const service = serviceClient("accounts", { url: world.url("accounts") }, "catalog");
  await service.call(accountsRoutes.retireResource, { params: { id: gone?.id ?? "" }, body: { actor: "alice" } });
};

test("a stranger gets the same answers from every route, whether or not somebody else has anything", async () => {
  const document = openApiDocument.parse(await (await fetch(new URL("/openapi.json", without.world.door))).json());
  const [left, right] = [
    strangerScript(document, guessesFor(without)),
    strangerScript(document, guessesFor(withAlice)),
  ];
  const pairs = left.flatMap((request, index) => {
    const twin = right[index];
    return twin === undefined ? [] : [[request, twin] as const];
  });
  expect([left.length, pairs.length]).toEqual([right.length, right.length]);
  const first = await compare(pairs.filter(([request]) => !asksForName(request) && !changesOwn(request)));
  // A name that is taken is not available, whatever lies under it.
  await takeNames(without);
  const names = await compare(pairs.filter(([request]) => asksForName(request)));
  const own = await compare(pairs.filter(([request]) => changesOwn(request)));
  await Promise.all([settleDocument(without), settleDocument(withAlice)]);
  const again = await compare(pairs.filter(([{ method }]) => method === "GET"));
  const all = [first, names, own, again];
  const differences = all.flatMap((one) => one.differences);
  const counts = [
    ...Map.groupBy(
      all.flatMap(({ statuses }) => statuses),
      (status) => status,
    ),
  ]
    .map(([status, { length }]) => `${status}: ${length}`)
    .toSorted()
    .join(", ");
  const asked = new Set(pairs.map(([{ operation }]) => operation));
  process.stdout.write(
    `non-interference: ${all.flatMap(({ statuses }) => statuses).length} requests of ${asked.size} operations in each world, ${differences.length} differences; ${names.statuses.length} ask for a name; answers ${counts}\n`,
  );
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect([...asked].toSorted()).toEqual(operations.toSorted());
  expect(differences).toEqual([]);
});

test("who asks for a name that is taken learns that it is not available, and nothing else", async () => {
  const { world, bob } = withAlice;
  const claims = await Promise.all(
    (["dataset/secret", "dataset/gone", "analysis/hers", "query/hers", "pipeline/hers"] as const).map(async (name) => {
      const response = await fetch(new URL(`/v1/resources/${name}`, world.door), {
        method: "PUT",
        headers: { authorization: `Bearer ${bob.token}` },
      });
      const [kind = "", of = ""] = name.split("/");
      return `${response.status} ${(await response.text()).replaceAll(kind, "KIND").replaceAll(of, "NAME")}`;
    }),
  );
  expect(new Set(claims).size).toBe(1);
  expect(claims[0]).toContain("is not available");
  expect(claims[0]).not.toContain("alice");
});
