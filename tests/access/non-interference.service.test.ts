import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  accountsRoutes,
  catalogRoutes,
  conversionRoutes,
  gatewayRoutes,
  routerRoutes,
  schedulerRoutes,
  taggerRoutes,
} from "@rollerblade/client";
import { sealCursor, serviceClient } from "@rollerblade/service-kit/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerTo, oddRequests } from "./odd-requests.ts";
import { type PeopleWorld, type Person, startPeopleWorld, until } from "./people-world.ts";
import { type Guesses, openApiDocument, type ScriptedRequest, strangerScript, type Tries } from "./stranger-script.ts";

/**
 * What is not yours does not exist for you: a stranger, bob, makes the same requests of every route in two worlds, one with and one
 * without all that alice has, and gets the same answers, byte for byte but for ids, times and random texts.
 *
 * By default, what is asked again after the changes, and by other callers, are a few requests of each operation; with
 * NON_INTERFERENCE=all it is every request.
 */
const asksAll = process.env.NON_INTERFERENCE === "all";
let without: Side;
let withAlice: Side;

/** A world with bob in it, and what he guesses of alice's. */
type Side = {
  readonly world: PeopleWorld;
  readonly alice: Person;
  readonly bob: Person;
  readonly ids: AliceIds;
  /** Other credentials by which strangers ask, by what they are; see `addCallers`. */
  readonly callers: ReadonlyMap<string, string>;
};

/** Ids of alice's things, which bob somehow knows; where she has nothing they are made up. */
type AliceIds = {
  readonly run: string;
  readonly task: string;
  readonly execution: string;
  readonly derivative: string;
  readonly result: string;
  readonly others: readonly string[];
  /** The entity tag of a query of hers. */
  readonly tag: string;
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
  const side = { world, alice, bob, ids, callers: await addCallers(world, bob) };
  await settleDocument(side);
  return side;
};

/**
 * Others who are as much strangers to alice as bob with his usual token is: tokens of his that may only read or are limited to what is his, the
 * session of somebody who has what bob has by a group within a group of his, a viewer of his dataset, and somebody whose grants on all that
 * is hers have expired.
 */
const addCallers = async (world: PeopleWorld, bob: Person): Promise<ReadonlyMap<string, string>> => {
  const carol = await world.addUser("carol");
  for (const name of ["colleagues", "students"]) await bob.client.call(accountsRoutes.createGroup, { body: { name } });
  for (const params of [
    { name: "students", member: carol.name },
    { name: "colleagues", member: "group:students" },
  ])
    await bob.client.call(accountsRoutes.addGroupMember, { params });
  const given = { kind: "dataset", resource: "own", grantee: "group:colleagues" } as const;
  await bob.client.call(accountsRoutes.giveGrant, { params: given, body: { role: "contributor" } });
  const reading = { user: bob.name, label: "reads", scope: "read" } as const;
  const { token: readingToken } = await world.root.call(accountsRoutes.createToken, { body: reading });
  const { secret } = await world.root.call(accountsRoutes.resetPassword, { params: { name: carol.name } });
  const signIn = { name: carol.name, password: secret, newPassword: "a password of carol" };
  const session = await world.root.call(gatewayRoutes.signIn, { body: signIn });
  const own = [{ kind: "dataset", name: "own" }] as const;
  const limited = { user: bob.name, label: "limited", resources: [...own] };
  const { token: limitedToken } = await world.root.call(accountsRoutes.createToken, { body: limited });
  const [dave, erin] = [await world.addUser("dave"), await world.addUser("erin")];
  const viewing = { kind: "dataset", resource: "own", grantee: dave.name } as const;
  await bob.client.call(accountsRoutes.giveGrant, { params: viewing, body: { role: "viewer" } });
  await giveExpired(world, erin.name);
  return new Map([
    ["a token that may only read", readingToken],
    ["a token that is limited to bob's dataset", limitedToken],
    ["the session of a member of a group within a group", session.token ?? ""],
    ["a viewer of bob's dataset", dave.token],
    ["somebody whose grants have expired", erin.token],
  ]);
};

/** Gives somebody every right on all that alice has, until yesterday. */
const giveExpired = ({ sql }: PeopleWorld, grantee: string): Promise<unknown> => sql`
  insert into accounts.grants (kind, resource, grantee, role, granted_by, created_at, expires_at)
  select kind, name, ${grantee}, 'admin', 'alice', now() - interval '2 days', now() - interval '1 day'
  from accounts.resources where owner = 'alice' and name <> 'gone'`;

const settleDocument = async ({ world, bob }: Side): Promise<void> => {
  const status = () => bob.client.call(routerRoutes.showPipelineStatus, { params: { name: "own-document" } });
  await until("the document has settled", async () => (await status()).settled);
  await world.settleRuns();
};

const madeUp = (): AliceIds => ({
  run: madeUpId(),
  task: madeUpId(),
  execution: madeUpId(),
  derivative: madeUpId(),
  result: madeUpId(),
  others: [madeUpId(), madeUpId(), madeUpId(), madeUpId()],
  tag: '"made-up"',
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
  await world.createAsset(alice, "hers", "1.0.0");
  await world.importAs(alice, "secret", ["01", "02", "03"]);
  await world.importAs(alice, "gone", ["01"]);
  const run = await runAs(alice, "hello", 'dataset.name == "secret"');
  await runAs(alice, "hers", 'dataset.name == "secret"');
  await runAs(alice, "hello", 'subject.label == "JaneDoe1974"');
  await apply(alice, "hers", documentOn("*"));
  const saved = { expression: 'dataset.name == "secret"', level: "scan", description: "hers" } as const;
  await alice.client.call(catalogRoutes.saveQuery, { params: { name: "hers" }, body: saved });
  await alice.client.call(catalogRoutes.pinQuery, { params: { name: "hers", pin: "first" } });
  await alice.client.call(accountsRoutes.createGroup, { body: { name: "hers" } });
  const grouped = { kind: "dataset", resource: "secret", grantee: "group:hers" } as const;
  await alice.client.call(accountsRoutes.giveGrant, { params: grouped, body: { role: "runner" } });
  // What was given to bob, and has ended.
  await giveExpired(world, "bob");
  await world.settleRuns();
  const gone = await alice.client.call(catalogRoutes.deleteDataset, { params: { dataset: "gone" } });
  const deletion = () =>
    alice.client.call(catalogRoutes.showDeletion, { params: { dataset: "gone", deletion: gone.id } });
  await until("the deletion is finished", async () => (await deletion()).finishedAt !== null);
  const [task] = (await alice.client.call(schedulerRoutes.listTasks, { query: { run: run.id } })).items;
  const [imported] = await world.sql<{ id: string }[]>`select id from ingest.imports where dataset = 'secret'`;
  const converted = await alice.client.call(conversionRoutes.beginConversion, { body: { dataset: "secret" } });
  const [token] = await world.sql<{ id: string }[]>`select id from accounts.tokens where user_name = 'alice'`;
  const results = () => alice.client.call(taggerRoutes.listResults, { query: { dataset: "secret" } });
  await until("a result is shown", async () => (await results()).items.length > 0);
  const derivatives = await alice.client.call(catalogRoutes.listDerivatives, { query: { dataset: "secret" } });
  return {
    run: run.id,
    task: task?.id ?? "",
    execution: task?.execution ?? "",
    derivative: derivatives.items[0]?.id ?? "",
    result: (await results()).items[0]?.id ?? "",
    others: [imported?.id ?? "", gone.id, token?.id ?? "", converted.id],
    tag: await tagOfHers(world, alice),
  };
};

/** Changes her query with a key, and gives the tag that it has then. */
const tagOfHers = async ({ door }: PeopleWorld, { token }: Person): Promise<string> => {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": herKey };
  const body = JSON.stringify({ expression: 'dataset.name == "secret"', level: "scan", description: "changed" });
  const changed = await fetch(new URL("/v1/queries/hers", door), { method: "PUT", headers, body });
  expect(changed.status).toBe(200);
  return changed.headers.get("etag") ?? "";
};

const guessesFor = ({ ids }: Side): Guesses => {
  const every = [ids.run, ids.task, ids.execution, ids.derivative, ids.result, ...ids.others];
  return {
    dataset: ["secret", "gone", "own"],
    kind: ["dataset", "analysis", "query", "pipeline", "asset"],
    name: ["hers", "secret", "gone"],
    resource: ["secret", "hers"],
    grantee: ["alice", "everyone"],
    id: every,
    import: ids.others,
    conversion: ids.others,
    deletion: ids.others,
    correction: ids.others,
    derivative: [ids.derivative],
    member: ["alice"],
    part: ["1"],
    run: [ids.run],
    number: ["1"],
    pin: ["first"],
    subject: ["01", "03"],
    document: ["hers", "own-document"],
    analysis: ["hers", "hello"],
    path: ["sub-01/anat/sub-01_T1w.nii.gz"],
    owner: ["alice"],
    principal: ["bob", "alice"],
    role: ["viewer"],
    user: ["alice"],
    label: ["a token"],
    level: ["scan"],
    by: ["dataset.name"],
    query: ['dataset.name == "secret"', 'subject.label == "03"'],
    expression: ['dataset.name == "secret"', "subject.age > 40", 'subject.label == "JaneDoe1974"'],
    source: ["secret", documentOn("secret"), documentOn("*").replaceAll("hello", "hers")],
    manifest: ["name: hers\nversion: 2.0.0\n"],
    version: ["*", "1.0.0"],
    limit: ["1", "1000"],
    after: ["AAAA", "0", ...every.slice(0, 2)],
    suffix: ["T1w"],
    text: ["secret", "hers", "JaneDoe1974", "sub-03"],
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

/** The key that alice has sent with a change. */
const herKey = "0192f0e4-7f3c-7abc-8def-00000000abcd";

/** Cursors that alice's pages end with, and headers by which she has changed what is hers. */
const triesFor = ({ ids }: Side): Tries => ({
  cursorsOf: (path) =>
    ["hers", "secret", ids.run, ids.derivative].map((place) =>
      sealCursor({ path: `/v1/${path.slice("/v1/".length).replaceAll(/\{(\w+)\}/g, ":$1")}` }, place),
    ),
  headers: { "if-match": ["*", ids.tag], "if-none-match": ["*", ids.tag], "idempotency-key": [herKey] },
});

/** Whether a request asks for a name of all people's one namespace: who asks for one that is taken learns that it is not available. */
const asksForName = ({ operation, path, body }: ScriptedRequest): boolean =>
  operation === "POST /v1/groups" ||
  operation === "POST /v1/assets" ||
  ((operation === "PUT /v1/resources/{kind}/{name}" || operation === "PUT /v1/queries/{name}") &&
    !path.includes("own")) ||
  (applies.test(operation) && !path.includes("own")) ||
  (["POST /v1/imports", "POST /v1/uploads", "POST /v1/conversions"].includes(operation) &&
    !`${path}${body}`.includes("own"));

const applies = /^POST \/v1\/pipelines\/\{name\}(\/plan)?$/;

/** Whether a request changes a document of bob's own, after which everything takes its time to settle. */
const changesOwn = ({ operation, path }: ScriptedRequest): boolean => applies.test(operation) && path.includes("own");

/** Ends what stays open by itself. */
const requestTimeoutMs = 15_000;

const ask = async (
  { world }: Side,
  token: string | null,
  { method, path, body, contentType, headers: sent }: ScriptedRequest,
): Promise<string> => {
  const response = await fetch(new URL(path, world.door), {
    method,
    signal: AbortSignal.timeout(requestTimeoutMs),
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(contentType === null ? {} : { "content-type": contentType }),
      ...sent,
    },
    ...(body === null ? {} : { body }),
  });
  const text = await textOf(response);
  const headers = [...response.headers]
    .filter(([name]) => !ownHeaders.has(name))
    .map(([name, value]) => {
      // Of what was not sent, the answer without the header shows the body.
      const isOfBody = value === tagOf(text) || (name === "etag" && (response.status === 304 || method === "HEAD"));
      return `${name}: ${isOfBody ? "TAG OF THE BODY" : masked(value)}`;
    });
  return [`${response.status}`, ...headers, masked(text)].join("\n");
};

/** The entity tag that depends on nothing but the body, and so tells no more than the body does. */
const tagOf = (text: string): string => `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;

/** Headers that tell of this one answer: when, how long with its ids and numbers, and which connection. */
const ownHeaders = new Set(["date", "content-length", "connection", "keep-alive", "transfer-encoding"]);

/** A live view stays open; after so long without an event it has shown what there is. */
const quietMs = 1_500;

const textOf = async (response: Response): Promise<string> => {
  if (!(response.headers.get("content-type") ?? "").startsWith("text/event-stream")) return response.text();
  let text = "";
  const pieces = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const piece = await Promise.race([pieces?.read(), sleep(quietMs)]);
    if (piece === undefined || piece.done) break;
    text += piece.value;
  }
  await pieces?.cancel();
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
    // A signed address of reports holds the second until which it is good.
    .replace(/\/reports\/[\w-]+\.[\w-]+\//g, "/reports/SIGNED/")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME")
    .replace(/rb_[A-Za-z0-9_-]{43}/g, "TOKEN")
    .replace(/"(url)":"[^"]*"/g, '"$1":"LINK"')
    .replace(/"(revision|sequence)":"?\d+"?/g, '"$1":"NUMBER"')
    .replace(/"(waiting|lagSeconds)":[\d.e-]+/g, '"$1":"LOAD"')
    // A service may not answer in time where the machine has much else to do.
    .replace(/"ready":(true|false)/g, '"ready":"LOAD"')
    .replace(/"status":"(ready|not ready|unreachable)"/g, '"status":"LOAD"')
    .replace(/"next":"[^"]*"/g, '"next":"CURSOR"')
    .replace(/rollerblade-test-world-\w+/g, "FOLDER");

/** The same request in the world without alice, and in that with her. */
type Pair = readonly [without: ScriptedRequest, withAlice: ScriptedRequest];

/** Sends a request in both worlds; with what they answered where that is not the same. */
const askBoth = async ([left, right]: Pair, tokenOf: (side: Side) => string | null) => {
  const [mine, theirs] = await Promise.all([
    ask(without, tokenOf(without), left),
    ask(withAlice, tokenOf(withAlice), right),
  ]);
  const statuses = [mine.slice(0, 3), theirs.slice(0, 3)];
  const request = `${left.method} ${masked(left.path)} ${left.body ?? ""} ${masked(JSON.stringify(left.headers))}`;
  return {
    failures: statuses.filter((status) => status >= "500").map((status) => `${status} ${request}`),
    status: statuses[0] ?? "",
    difference: mine === theirs ? null : `${request}\n--- without\n${mine}\n--- with\n${theirs}`,
  };
};

const isRead = (method: string): boolean => method === "GET" || method === "HEAD";

/** How many reads are on their way to each world at a time. */
const sideBySide = 6;

/** Sends each request in both worlds; reads may go side by side, since none changes what another is answered. */
const compare = async (pairs: readonly Pair[], tokenOf: (side: Side) => string | null = ({ bob }) => bob.token) => {
  const answers: Awaited<ReturnType<typeof askBoth>>[] = [];
  const areReads = pairs.every(([{ method }]) => isRead(method));
  const next = pairs.values();
  await Promise.all(
    Array.from({ length: areReads ? sideBySide : 1 }, async () => {
      for (const pair of next) answers.push(await askBoth(pair, tokenOf));
    }),
  );
  return {
    differences: answers.flatMap(({ difference }) => difference ?? []),
    failures: answers.flatMap(({ failures }) => failures),
    statuses: answers.map(({ status }) => status),
  };
};

/** Takes the names of what alice has in the other world, with nothing under them, and frees the one that she has deleted there. */
const takeNames = async ({ world, alice }: Side): Promise<void> => {
  for (const params of [
    { kind: "dataset", name: "secret" },
    { kind: "dataset", name: "gone" },
    { kind: "analysis", name: "hers" },
    { kind: "query", name: "hers" },
    { kind: "asset", name: "hers" },
    { kind: "pipeline", name: "hers" },
  ] as const)
    await alice.client.call(accountsRoutes.claimResource, { params });
  await alice.client.call(accountsRoutes.createGroup, { body: { name: "hers" } });
  const [gone] = await world.sql<{ id: string }[]>`select id from accounts.resources where name = 'gone'`;
  const service = serviceClient("accounts", { url: world.url("accounts") }, "catalog");
  await service.call(accountsRoutes.retireResource, { params: { id: gone?.id ?? "" }, body: { actor: "alice" } });
};

/** Every request of the script, in both worlds. */
const scriptOf = async (): Promise<{ pairs: readonly Pair[]; operations: string[] }> => {
  const document = openApiDocument.parse(await (await fetch(new URL("/openapi.json", without.world.door))).json());
  const parameters = Object.keys(document.paths).flatMap((path) =>
    [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
  );
  // Of a parameter that nobody guesses a made-up value would be asked, whatever alice has.
  expect([...new Set(parameters)].filter((name = "") => guessesFor(without)[name] === undefined)).toEqual([]);
  const [left, right] = [
    strangerScript(document, guessesFor(without), triesFor(without)),
    strangerScript(document, guessesFor(withAlice), triesFor(withAlice)),
  ];
  const pairs = left.flatMap((request, index) => {
    const twin = right[index];
    return twin === undefined ? [] : [[request, twin] as const];
  });
  expect([left.length, pairs.length]).toEqual([right.length, right.length]);
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  return { pairs, operations: operations.toSorted() };
};

/** So many requests of each operation, which show whether it answers otherwise now, or another caller; all if all are wanted. */
const fewOf = (pairs: readonly Pair[], count: number): readonly Pair[] =>
  asksAll
    ? pairs
    : [...Map.groupBy(pairs, ([{ operation }]) => operation).values()].flatMap((own) => own.slice(0, count));

test("a stranger gets the same answers from every route, whether or not somebody else has anything", {
  timeout: 1_800_000,
}, async () => {
  const { pairs, operations } = await scriptOf();
  const reads = pairs.filter(([{ method }]) => isRead(method));
  const first = await compare(reads);
  const changes = pairs.filter(([{ method }]) => !isRead(method));
  const refused = await compare(changes.filter(([request]) => !asksForName(request) && !changesOwn(request)));
  // A name that is taken is not available, whatever lies under it.
  await takeNames(without);
  const names = await compare(pairs.filter(([request]) => asksForName(request)));
  const own = await compare(pairs.filter(([request]) => changesOwn(request)));
  await Promise.all([settleDocument(without), settleDocument(withAlice)]);
  const again = await compare(fewOf(reads, 4));
  // Live views stay open for a while each.
  const quickReads = reads.filter(([{ path }]) => !path.startsWith("/v1/events"));
  const others = [];
  for (const caller of without.callers.keys())
    others.push(await compare(fewOf(quickReads, 2), ({ callers }) => callers.get(caller) ?? ""));
  others.push(await compare(fewOf(quickReads, 1), () => null));
  const all = [first, refused, names, own, again, ...others];
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
    `non-interference: ${all.flatMap(({ statuses }) => statuses).length} requests of ${asked.size} operations in each world, by ${1 + others.length} callers, ${differences.length} differences; ${names.statuses.length} ask for a name; answers ${counts}\n`,
  );
  expect([...asked].toSorted()).toEqual(operations);
  expect(all.flatMap(({ failures }) => failures)).toEqual([]);
  expect(differences).toEqual([]);
  // Each of the callers is let in, but who has no token.
  for (const { statuses } of others.slice(0, -1)) expect(statuses).toContain("200");
  expect(others.at(-1)?.statuses).not.toContain("404");
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

test("what is there and what is not are answered alike to the byte, however the request is written", {
  timeout: 300_000,
}, async () => {
  const { world, bob } = withAlice;
  // Something of each kind has the one name, which nobody asked for before, and nothing the other one.
  const [there, absent] = ["hidden", "hiddem"];
  await world.importAs(withAlice.alice, there, ["01", "02", "03"]);
  for (const kind of ["query", "pipeline", "analysis"] as const)
    await withAlice.alice.client.call(accountsRoutes.claimResource, { params: { kind, name: there } });
  await withAlice.alice.client.call(catalogRoutes.saveQuery, { params: { name: there }, body: { expression: "true" } });
  await withAlice.alice.client.call(accountsRoutes.createGroup, { body: { name: there } });
  const pairs = oddRequests(there).map((request, at) => [request, oddRequests(absent)[at] ?? request] as const);
  const differences: string[] = [];
  const next = pairs.values();
  await Promise.all(
    Array.from({ length: sideBySide }, async () => {
      for (const [one, other] of next) {
        const of = await answerTo(world.door, bob.token, one, there);
        const ofNothing = await answerTo(world.door, bob.token, other, absent);
        if (of !== ofNothing || of >= "5") differences.push(`${JSON.stringify(one)}\n${of}\n---\n${ofNothing}`);
      }
    }),
  );
  process.stdout.write(
    `non-interference: ${pairs.length} pairs of odd requests for what is there and what is not, ${differences.length} differences\n`,
  );
  expect(differences).toEqual([]);
});

/** Operations that answer a stranger, a viewer and a member alike, and why. Every other one has to notice a leak. */
const insensitive: readonly (readonly [operations: RegExp, why: string])[] = [
  [/ \/v1\/(me|tokens|sign-in|sign-out)\b/, "is about who asks alone"],
  [/ \/v1\/(users|status|dead-letters|audit)\b/, "is for administrators, of the site or of what is asked for"],
  [
    / \/v1\/transfers$|^DELETE .*\/transfer$|\/transfer\/accept$/,
    "is for whom something was offered, and who offered it",
  ],
  [/ \/v1\/imports\/\{import\}/, "is for who began the import"],
  [/ \/v1\/conversions\/\{conversion\}/, "is for who began the conversion"],
  [/\/deletions\/\{deletion\}$/, "is for who asked for the deletion"],
  [
    /^PUT \/v1\/resources\/|^POST \/v1\/(groups|assets)$/,
    "tells viewers, too, no more than that a name is not available",
  ],
  [
    /^POST \/v1\/(analyses|uploads)$|^POST .*\/corrections$/,
    "refuses the body of the script before it asks for rights",
  ],
];

/** Lets bob read all that alice has, and be in her group, as if each check had forgotten him. */
const plantLeak = async (sql: PeopleWorld["sql"]): Promise<void> => {
  const leaks = {
    access_v1: `select token.hash, 'bob', false, hers.kind, hers.name, 'viewer', hers.id, null::timestamptz, hers.created_at, token.scope, token.kind,
        case when token.limited then token.id end
      from accounts.resources hers cross join accounts.tokens token where hers.owner = 'alice' and token.user_name = 'bob'`,
    grantees_v1: "select 'bob', 'group:hers', null::timestamptz",
  };
  for (const [view, leak] of Object.entries(leaks)) {
    const [row] = await sql<{ text: string }[]>`select pg_get_viewdef(${`accounts.${view}`}::regclass) as text`;
    await sql.unsafe(
      `create or replace view accounts.${view} as ${row?.text.replace(";", "") ?? ""} union all ${leak}`,
    );
  }
};

test("the script notices a leak: what bob may not read, and is let to, changes the answers of each operation", {
  timeout: 1_800_000,
}, async () => {
  const { pairs, operations } = await scriptOf();
  await plantLeak(withAlice.world.sql);
  const unnoticed: string[] = [];
  const sensitive = [...Map.groupBy(pairs, (pair) => pair[0].operation)].filter(
    ([operation]) => !insensitive.some(([named]) => named.test(operation)),
  );
  const notices = async (own: readonly Pair[]): Promise<boolean> => {
    for (const pair of own) {
      // An answer that goes on and on, as a log that is followed, is another one, too.
      const answer = await askBoth(pair, ({ bob }) => bob.token).catch(() => null);
      if (answer?.difference !== null) return true;
    }
    return false;
  };
  const next = sensitive.values();
  await Promise.all(
    Array.from({ length: sideBySide }, async () => {
      for (const [operation, own] of next) if (!(await notices(own))) unnoticed.push(operation);
    }),
  );
  process.stdout.write(
    `non-interference: a leak is noticed by ${sensitive.length - unnoticed.length} of ${sensitive.length} operations that have to; ${operations.length - sensitive.length} do not have to\n`,
  );
  expect(unnoticed).toEqual([]);
  for (const [named, why] of insensitive)
    expect(
      operations.some((operation) => named.test(operation)),
      why,
    ).toBe(true);
});
