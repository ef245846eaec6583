import {
  accountsRoutes,
  catalogRoutes,
  findingsRoutes,
  ingestRoutes,
  routerRoutes,
  schedulerRoutes,
  taggerRoutes,
} from "@rollerblade/client";
import { publish } from "@rollerblade/events";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type PeopleWorld, type Person, startPeopleWorld } from "./people-world.ts";

/** What a stranger gets by names: of alice's data, of names that were freed, and by documents that speak for what is not theirs. */
let world: PeopleWorld;
let alice: Person;
let bob: Person;
let carol: Person;

const soon = { timeout: 60_000, interval: 100 };
const notFound = { code: "not-found" };
const notAllowed = { code: "method-not-allowed" };
const conflict = { code: "conflict" };
const dataset = (name: string) => ({ kind: "dataset", name }) as const;

beforeAll(async () => {
  world = await startPeopleWorld();
  alice = await world.addUser("alice");
  bob = await world.addUser("bob");
  carol = await world.addUser("carol");
  await world.createAnalysis("hello", "admin");
  await world.createAnalysis("mask", "alice");
  const everyone = { kind: "analysis", resource: "hello", grantee: "everyone" } as const;
  await world.root.call(accountsRoutes.giveGrant, { params: everyone, body: { role: "runner" } });
  await world.importAs(alice, "secret", ["01", "02"]);
});
afterAll(() => world.stop());

const give = (person: Person, resource: string, grantee: string, role: "viewer" | "runner" | "contributor" | "admin") =>
  person.client.call(accountsRoutes.giveGrant, {
    params: { kind: "dataset", resource, grantee },
    body: { role },
  });

const documentOn = (pattern: string, tag = "note"): string => `datasets: ["${pattern}"]
rules:
  - name: probe
    on: {scan: {suffix: T1w}}
    run: {analysis: hello, version: ^1}
tags:
  - name: ${tag}
    from: {analysis: hello, output: report}
    title: "URGENT: log in at http://evil.example/"
    show: {kind: metric, value: /value}
`;

const apply = (person: Person, name: string, source: string) =>
  person.client.call(routerRoutes.applyPipeline, { params: { name }, body: { source } });

test("a name that is in use is freed by nobody, so that nobody claims the data under it", async () => {
  await give(alice, "secret", "carol", "admin");
  for (const person of [carol, alice])
    await expect(person.client.raw("/v1/resources/dataset/secret", { method: "DELETE" })).rejects.toMatchObject(
      notAllowed,
    );
  await expect(carol.client.call(catalogRoutes.deleteDataset, { params: { dataset: "secret" } })).rejects.toMatchObject(
    {
      code: "forbidden",
    },
  );
  const { id } = await carol.client.call(accountsRoutes.getResource, { params: dataset("secret") });
  // The route by which services retire names is not behind the gateway.
  const retire = { params: { id }, body: { actor: "carol" } };
  await expect(carol.client.call(accountsRoutes.retireResource, retire)).rejects.toMatchObject(notFound);
  await expect(bob.client.call(accountsRoutes.claimResource, { params: dataset("secret") })).rejects.toMatchObject(
    conflict,
  );
  await expect(carol.client.raw("/v1/resources/analysis/mask", { method: "DELETE" })).rejects.toMatchObject(notAllowed);
  await expect(
    bob.client.call(accountsRoutes.claimResource, { params: { kind: "analysis", name: "mask" } }),
  ).rejects.toMatchObject(conflict);
  await alice.client.call(accountsRoutes.revokeGrant, {
    params: { kind: "dataset", resource: "secret", grantee: "carol" },
  });
});

test("a document acts, and shows its tags, only where its owner may; it neither blocks others nor counts what is theirs", async () => {
  const applied = await apply(bob, "bobdoc", documentOn("sec*", "phish"));
  expect(applied.id).toMatch(/^[0-9a-f-]{36}$/);
  const status = await bob.client.call(routerRoutes.showPipelineStatus, { params: { name: "bobdoc" } });
  expect(status).toMatchObject({ dirty: 0, openBatches: 0, settled: true });
  const plan = { params: { name: "another" }, body: { source: documentOn("*") } };
  await expect(bob.client.call(routerRoutes.planPipeline, plan)).rejects.toMatchObject({ code: "invalid" });
  // The same rule in alice's document does not meet bob's anywhere.
  await apply(alice, "alicedoc", documentOn("secret", "hello"));
  await expect
    .poll(async () => (await alice.client.call(taggerRoutes.listResults, { query: { dataset: "secret" } })).items, soon)
    .toMatchObject([{ document: "alicedoc" }, { document: "alicedoc" }]);
  const tags = await alice.client.call(taggerRoutes.listTags, { query: { dataset: "secret" } });
  expect(tags.items.map(({ document }) => document)).toEqual(["alicedoc"]);
  expect(await world.sql`select from tagger.results where document = 'bobdoc'`).toEqual([]);
  expect(await world.sql`select from scheduler.tasks where owner = 'bob'`).toEqual([]);
  for (const read of [routerRoutes.showPipeline, routerRoutes.showPipelineStatus] as const)
    await expect(bob.client.call(read, { params: { name: "alicedoc" } })).rejects.toMatchObject(notFound);
});

test("who may read a file or a result, and why, follows every dataset that it was made from", async () => {
  await world.importAs(alice, "controls", ["11"]);
  const [result] = (await alice.client.call(taggerRoutes.listResults, { query: { dataset: "secret" } })).items;
  const { id = "", derivative } = result ?? {};
  const file = { dataset: "secret", path: derivative?.path ?? "" };
  const ofFile = (person: Person, principal?: string) =>
    person.client.call(catalogRoutes.explainFileAccess, { query: { ...file, principal } });
  const ofResult = (person: Person, principal?: string) =>
    person.client.call(taggerRoutes.explainResultAccess, { params: { id }, query: { principal } });
  const people = async (answer: ReturnType<typeof ofFile>) => (await answer).items.map(({ principal }) => principal);
  await give(alice, "secret", "bob", "viewer");
  expect(await people(ofFile(alice))).toEqual(["admin", "alice", "bob"]);
  expect(await people(ofResult(bob, "bob"))).toEqual(["bob"]);
  await expect(ofFile(bob)).rejects.toMatchObject({ code: "forbidden" });
  // As after a run over both, or one whose result was shared by the cache.
  for (const schema of ["catalog", "tagger"])
    await world.sql`update ${world.sql(schema)}.derivatives set datasets = ${["controls", "secret"]} where id = ${derivative?.id ?? ""}`;
  const both = await ofFile(alice);
  expect(both.madeFrom).toEqual(["controls", "secret"]);
  expect(both.items.map(({ principal }) => principal)).toEqual(["admin", "alice"]);
  expect(await people(ofResult(alice))).toEqual(["admin", "alice"]);
  for (const ask of [ofFile, ofResult]) await expect(ask(bob, "bob")).rejects.toMatchObject(notFound);
  await alice.client.call(accountsRoutes.createGroup, { body: { name: "readers" } });
  await alice.client.call(accountsRoutes.addGroupMember, { params: { name: "readers", member: "bob" } });
  await give(alice, "controls", "group:readers", "viewer");
  const [why] = (await ofResult(alice, "bob")).items;
  expect(why?.ways.map(({ name, grantee }) => [name, grantee])).toEqual([
    ["controls", "group:readers"],
    ["secret", "bob"],
  ]);
  expect(await people(ofFile(bob, "bob"))).toEqual(["bob"]);
  for (const schema of ["catalog", "tagger"])
    await world.sql`update ${world.sql(schema)}.derivatives set datasets = ${["secret"]} where id = ${derivative?.id ?? ""}`;
  await alice.client.call(accountsRoutes.deleteGroup, { params: { name: "readers" } });
  await alice.client.call(accountsRoutes.revokeGrant, {
    params: { kind: "dataset", resource: "secret", grantee: "bob" },
  });
});

test("on a dataset that both may run on, one is refused without a word on whose the other is; results wait for the right to contribute", async () => {
  await give(alice, "secret", "bob", "runner");
  const refused: unknown = await apply(bob, "bobdoc", documentOn("sec*", "phish")).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "invalid" });
  expect(JSON.stringify(refused)).toContain("another document makes the same files");
  expect(JSON.stringify(refused)).not.toContain("alicedoc");
  const decisions = await bob.client.call(routerRoutes.listDecisions, { query: { dataset: "secret" } });
  expect(decisions.items.filter(({ document }) => document !== "bobdoc")).toEqual([]);
  const where = { dataset: "secret", subject: "01" };
  const explained = await bob.client.call(routerRoutes.explain, { query: where });
  expect(explained.items.filter(({ document }) => document !== "bobdoc")).toEqual([]);
  const document = { kind: "pipeline", resource: "alicedoc", grantee: "bob" } as const;
  await alice.client.call(accountsRoutes.giveGrant, { params: document, body: { role: "viewer" } });
  expect(await bob.client.call(routerRoutes.showPipeline, { params: { name: "alicedoc" } })).toMatchObject({
    owner: "alice",
  });
  await expect(apply(bob, "alicedoc", documentOn("secret"))).rejects.toMatchObject(conflict);
  await expect(bob.client.call(routerRoutes.removePipeline, { params: { name: "alicedoc" } })).rejects.toMatchObject({
    code: "forbidden",
  });
  const phishing = () => world.sql`select from tagger.results where document = 'bobdoc'`;
  // Once a later scan has its result under alice's tag, one under bob's would be there, too.
  await world.importAs(alice, "secret", ["01", "02", "03"]);
  const ofAlice = { query: { dataset: "secret", tag: "hello" } };
  await expect
    .poll(async () => (await alice.client.call(taggerRoutes.listResults, ofAlice)).items.length, soon)
    .toBe(3);
  expect(await phishing()).toEqual([]);
  await give(alice, "secret", "bob", "contributor");
  await expect.poll(async () => (await phishing()).length, soon).toBeGreaterThan(0);
  await alice.client.call(accountsRoutes.revokeGrant, {
    params: { kind: "dataset", resource: "secret", grantee: "bob" },
  });
  const shown = await alice.client.call(taggerRoutes.listResults, { query: { dataset: "secret", tag: "phish" } });
  expect(shown.items).toEqual([]);
  await expect.poll(phishing, soon).toEqual([]);
});

test("the name of a removed document is its last owner's, and an administrator who takes it owns it", async () => {
  await apply(bob, "main", documentOn("nowhere"));
  await bob.client.call(routerRoutes.removePipeline, { params: { name: "main" } });
  await expect(apply(alice, "main", documentOn("nowhere"))).rejects.toMatchObject(conflict);
  const document = await world.root.call(routerRoutes.applyPipeline, {
    params: { name: "main" },
    body: { source: documentOn("nowhere") },
  });
  expect(document.owner).toBe("admin");
  for (const read of [routerRoutes.showPipeline, routerRoutes.removePipeline] as const)
    await expect(bob.client.call(read, { params: { name: "main" } })).rejects.toMatchObject(notFound);
  await expect(apply(bob, "main", documentOn("nowhere"))).rejects.toMatchObject(conflict);
});

test("what was given to somebody else is theirs alone: the former owner reads and changes nothing, and a document acts with their rights", async () => {
  const query = { name: "handed-on" };
  await alice.client.call(catalogRoutes.saveQuery, { params: query, body: { expression: "true" } });
  await apply(alice, "handed-on", documentOn("nowhere"));
  for (const kind of ["query", "pipeline"] as const) {
    const params = { kind, name: "handed-on" };
    await alice.client.call(accountsRoutes.transferResource, { params, body: { owner: "bob" } });
    await bob.client.call(accountsRoutes.acceptTransfer, { params });
  }
  const saved = async ({ client }: Person) =>
    (await client.call(catalogRoutes.listSavedQueries, { query: {} })).items.map(({ name, owner }) => [name, owner]);
  expect([await saved(alice), await saved(bob)]).toEqual([[], [["handed-on", "bob"]]]);
  await expect(alice.client.call(catalogRoutes.showSavedQuery, { params: query })).rejects.toMatchObject(notFound);
  await expect(
    alice.client.call(catalogRoutes.saveQuery, { params: query, body: { expression: "false" } }),
  ).rejects.toMatchObject(conflict);
  await bob.client.call(catalogRoutes.saveQuery, { params: query, body: { expression: "subject.age > 1" } });
  await bob.client.call(catalogRoutes.deleteSavedQuery, { params: query });
  const document = { params: { name: "handed-on" } };
  await expect(alice.client.call(routerRoutes.showPipeline, document)).rejects.toMatchObject(notFound);
  await expect.poll(async () => (await bob.client.call(routerRoutes.showPipeline, document)).owner, soon).toBe("bob");
  await expect
    .poll(() => world.sql`select owner from tagger.documents where name = 'handed-on'`, soon)
    .toEqual([{ owner: "bob" }]);
  await expect(apply(alice, "handed-on", documentOn("nowhere"))).rejects.toMatchObject(conflict);
  await bob.client.call(routerRoutes.removePipeline, document);
});

test("a deleted dataset's name stays its owner's; given on, it shows nothing of what was under it", async () => {
  await world.importAs(alice, "shared", ["01"]);
  const order = {
    analysis: "hello",
    version: "*",
    query: 'dataset.name == "shared"',
    parameters: { note: "private 4711" },
  };
  const { id: run } = await alice.client.call(schedulerRoutes.createRun, { body: order });
  await world.settleRuns();
  const before = await alice.client.call(accountsRoutes.getResource, { params: dataset("shared") });
  const { id } = await alice.client.call(catalogRoutes.deleteDataset, { params: { dataset: "shared" } });
  const isOver = async () =>
    (await alice.client.call(catalogRoutes.showDeletion, { params: { dataset: "shared", deletion: id } })).finishedAt;
  await expect.poll(isOver, soon).not.toBeNull();
  await expect(bob.client.call(accountsRoutes.claimResource, { params: dataset("shared") })).rejects.toMatchObject(
    conflict,
  );
  await world.importAs(alice, "shared", ["07"]);
  const after = await alice.client.call(accountsRoutes.getResource, { params: dataset("shared") });
  expect(after.id).not.toBe(before.id);
  await give(alice, "shared", "bob", "admin");
  const query = { dataset: "shared" };
  expect((await bob.client.call(schedulerRoutes.listTasks, { query })).items).toEqual([]);
  const runs = await bob.client.call(schedulerRoutes.listRuns, { query: {} });
  expect(runs.items.map((one) => one.id)).not.toContain(run);
  expect(JSON.stringify(runs)).not.toContain("4711");
  const imports = await bob.client.call(ingestRoutes.listImports, { query });
  expect(imports.items).toHaveLength(1);
  const history = await bob.client.call(findingsRoutes.listFindingHistory, { params: query, query: {} });
  expect(history.items).toHaveLength(1);
  const seen = await eventsOf(bob, "after=0&dataset=shared");
  expect(seen).not.toContain("sub-01");
  // Alice, too, sees the new one only.
  const own = await eventsOf(alice, "after=0&dataset=shared&topics=scan.indexed");
  expect([own.includes("sub-07"), own.includes("sub-01")]).toEqual([true, false]);
});

/** What a live view shows within two seconds. */
const eventsOf = async (person: Person, query: string): Promise<string> => {
  const response = await person.client.raw(`/v1/events?${query}`, { signal: AbortSignal.timeout(2_000) });
  let text = "";
  try {
    for await (const part of response.body ?? []) text += new TextDecoder().decode(part);
  } catch {
    // The time is over.
  }
  return text;
};

test("a forged fact of a deletion frees no name", async () => {
  await world.importAs(alice, "victim", ["01"]);
  const message = { dataset: "victim", deleter: "alice" };
  await publish("dataset.deleted", message, { url: world.servers.natsUrl, source: "billing" });
  await expect(bob.client.call(accountsRoutes.claimResource, { params: dataset("victim") })).rejects.toMatchObject(
    conflict,
  );
  expect(await alice.client.call(catalogRoutes.showDataset, { params: { dataset: "victim" } })).toMatchObject({
    name: "victim",
  });
});

test("a query asks for values of results as far as one may read what they come of, and for others as if they were not there", async () => {
  await world.importAs(alice, "graded", ["01", "02"]);
  await apply(alice, "grading", documentOn("graded", "grade"));
  const expression = 'result("grade") == 1';
  const ask = (person: Person, body: object = {}) =>
    person.client.call(catalogRoutes.runQuery, { body: { expression, level: "subject", ...body } });
  const resultsOf = async (person: Person) =>
    (await person.client.call(catalogRoutes.listFields, { query: { prefix: 'result("grade' } })).items;
  await vi.waitFor(async () => expect((await ask(alice)).items).toHaveLength(2), soon);
  expect(await resultsOf(alice)).toMatchObject([
    { name: 'result("grade")', types: ["number"], count: 2, low: 1, high: 1 },
  ]);
  const shown = await ask(alice, { columns: ['result("grade") + 1'] });
  expect(shown.items.map(({ values }) => values)).toEqual([[2], [2]]);
  const unknown = { code: "invalid", message: expect.stringContaining('has the tag "grade".') };
  await expect(ask(bob)).rejects.toMatchObject(unknown);
  await expect(ask(bob, { expression: "", columns: ['result("grade")'] })).rejects.toMatchObject(unknown);
  expect(await resultsOf(bob)).toEqual([]);
  await give(alice, "graded", "bob", "viewer");
  expect((await ask(bob)).items).toHaveLength(2);
  await expect(ask(bob, { expression: 'result("grad") == 1' })).rejects.toMatchObject({
    message: expect.stringContaining('did you mean "grade"?'),
  });
  await alice.client.call(accountsRoutes.revokeGrant, {
    params: { kind: "dataset", resource: "graded", grantee: "bob" },
  });
  await expect(ask(bob)).rejects.toMatchObject(unknown);
});
