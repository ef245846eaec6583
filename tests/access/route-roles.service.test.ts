import { createHash, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { join } from "node:path";
import {
  accountsRoutes,
  catalogRoutes,
  conversionRoutes,
  createHttpClient,
  gatewayRoutes,
  ingestRoutes,
  routerRoutes,
  schedulerRoutes,
  taggerRoutes,
} from "@rollerblade/client";
import { serviceToken } from "@rollerblade/service-kit/testing";
import { SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PeopleWorld, type Person, startPeopleWorld, until } from "./people-world.ts";
import {
  type Caller,
  callers,
  expectedOutcome,
  nameOf,
  type Outcome,
  type RouteRule,
  routeTable,
} from "./route-table.ts";
import { type OpenApiDocument, openApiDocument } from "./stranger-script.ts";

/** Every route of the OpenAPI document, asked by everybody: what is expected by rule, and what is seen. */
let world: PeopleWorld;
let document: OpenApiDocument;
let owner: Person;
/** The credential of each caller; nothing for who has none. */
const tokens = new Map<Caller, string>();
/** Ids that only the running system gives, by what the table calls them. */
const ids = new Map<string, string>();

const emptyDocument = "datasets: [nowhere]\nrules: []\ntags: []\n";
const processManifest = `name: shared
version: 2.0.0
process: [sh, main.sh]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {report: {name: "{entities}_desc-shared_report.json"}}
`;
/** Shows the results of the analysis. */
const showingDocument = `datasets: [shared]
rules: []
tags:
  - name: value
    from: {analysis: shared, output: report}
    title: The value
    show: {kind: metric, value: /value}
`;
const everyKind = ["dataset", "analysis", "query", "pipeline", "asset"] as const;

beforeAll(async () => {
  world = await startPeopleWorld({ badTokensPerMinute: 100_000, requestsPerSecond: 100_000 });
  document = openApiDocument.parse(await (await fetch(new URL("/openapi.json", world.door))).json());
  owner = await world.addUser("owner");
  await Promise.all([world.addUser("dummy"), ...people.map(addCaller)]);
  await shareEverything();
  await giveTokens();
  // It imports, runs and deletes on real servers, which takes minutes on a machine with much else to do.
}, 1_800_000);
afterAll(() => world.stop());

/** Callers with an account of their own beside the owner. */
const people = [
  ...["stranger", "grant expired", "grant revoked", "member who left", "disabled"],
  ...["group member", "nested group member", "viewer", "runner", "contributor", "admin"],
] as const;

const addCaller = async (caller: Caller): Promise<void> => {
  tokens.set(caller, (await world.addUser(nameOf(caller))).token);
};

/** The owner has one thing of each kind, called `shared`, with every role given to somebody, and viewer to a group with another one in it. */
const shareEverything = async (): Promise<void> => {
  const { client } = owner;
  await world.createAnalysis("shared", "owner");
  await createAsset("1.0.0");
  await world.importAs(owner, "shared", ["01", "02", "03"]);
  await client.call(catalogRoutes.saveQuery, { params: { name: "shared" }, body: { expression: "" } });
  await client.call(routerRoutes.applyPipeline, { params: { name: "shared" }, body: { source: emptyDocument } });
  for (const name of ["lab", "course"]) await client.call(accountsRoutes.createGroup, { body: { name } });
  for (const [name, member] of [
    ["lab", "member"],
    ["lab", "group:course"],
    ["course", "nested"],
    ["course", nameOf("member who left")],
  ] as const)
    await client.call(accountsRoutes.addGroupMember, { params: { name, member } });
  const left = { name: "course", member: nameOf("member who left") };
  await client.call(accountsRoutes.removeGroupMember, { params: left });
  for (const kind of everyKind)
    for (const [grantee, role] of [
      ["group:lab", "viewer"],
      ["viewer", "viewer"],
      ["runner", "runner"],
      ["contributor", "contributor"],
      ["admin-of-it", "admin"],
      ...formerAdmins.map((name) => [name, "admin"] as const),
    ] as const)
      await client.call(accountsRoutes.giveGrant, { params: { kind, resource: "shared", grantee }, body: { role } });
  await endRightsOfFormerAdmins();
  const order = { analysis: "shared", version: "*", query: 'subject.label == "01"' };
  const run = await client.call(schedulerRoutes.createRun, { body: order });
  await world.settleRuns();
  const [task] = (await client.call(schedulerRoutes.listTasks, { query: { run: run.id } })).items;
  const query = { dataset: "shared" };
  const derivatives = () => client.call(catalogRoutes.listDerivatives, { query });
  await until("the derivative is indexed", async () => (await derivatives()).items.length > 0);
  const [derivative] = (await derivatives()).items;
  await client.call(routerRoutes.applyPipeline, { params: { name: "showing" }, body: { source: showingDocument } });
  const results = () => client.call(taggerRoutes.listResults, { query });
  await until("the result is shown", async () => (await results()).items.length > 0);
  const [result] = (await results()).items;
  const params = { dataset: "shared", subject: "03" };
  const deletion = await client.call(catalogRoutes.deleteSubject, { params });
  const isOver = async () =>
    (await client.call(catalogRoutes.showDeletion, { params: { dataset: "shared", deletion: deletion.id } }))
      .finishedAt;
  await until("the subject is deleted", async () => (await isOver()) !== null);
  const conversion = await client.call(conversionRoutes.beginConversion, { body: { dataset: "shared" } });
  const begun = await client.call(ingestRoutes.beginImport, { body: { dataset: "shared" } });
  for (const [name, id] of [
    ["RUN", run.id],
    ["TASK", task?.id],
    ["EXECUTION", task?.execution],
    ["DERIVATIVE", derivative?.id],
    ["RESULT", result?.id],
    ["FOLDER", join(world.scratch, "shared-code")],
    ["DELETION", deletion.id],
    ["IMPORT", begun.id],
    ["CONVERSION", conversion.id],
  ] as const)
    ids.set(name, id ?? expect.fail(`There is no ${name}.`));
};

/** Who could do everything with what is shared, until that ended in one way or another. */
const formerAdmins = (["grant expired", "grant revoked", "disabled"] as const).map(nameOf);

const endRightsOfFormerAdmins = async (): Promise<void> => {
  await world.sql`
    update accounts.grants set expires_at = now() - interval '1 second' where grantee = ${nameOf("grant expired")}`;
  for (const kind of everyKind) {
    const params = { kind, resource: "shared", grantee: nameOf("grant revoked") };
    await owner.client.call(accountsRoutes.revokeGrant, { params });
  }
  const params = { name: nameOf("disabled") };
  await world.root.call(accountsRoutes.changeUser, { params, body: { disabled: true } });
};

/** Makes a version of the shared asset. */
const createAsset = (version: string): Promise<void> => world.createAsset(owner, "shared", version);

/** Credentials of every kind: sessions of people, and what is worth less or nothing. */
const giveTokens = async (): Promise<void> => {
  const { sql, root } = world;
  const another = async (label: string, scope: "read" | "admin") => {
    const made = await root.call(accountsRoutes.createToken, { body: { user: "owner", label, scope } });
    return made;
  };
  for (const kind of everyKind)
    await owner.client.call(accountsRoutes.claimResource, { params: { kind, name: "elsewhere" } });
  const limitedTo = async (name: string) => {
    const resources = everyKind.map((kind) => ({ kind, name }));
    return root.call(accountsRoutes.createToken, { body: { user: "owner", label: "limited", resources } });
  };
  const [limited, elsewhere] = [await limitedTo("shared"), await limitedTo("elsewhere")];
  tokens.set("limited to what is shared", limited.token);
  tokens.set("limited to something else", elsewhere.token);
  ids.set("LIMITED", limited.id);
  const [own, expired, revoked, scoped, spare] = [
    // Its session is ended by the last route; the owner goes on with the other one.
    await another("test", "admin"),
    await another("expired", "admin"),
    await another("revoked", "admin"),
    await another("scoped", "read"),
    await another("spare", "admin"),
  ];
  await sql`update accounts.tokens set expires_at = now() - interval '1 second' where id = ${expired.id}`;
  await root.call(accountsRoutes.revokeToken, { params: { id: revoked.id } });
  await sql`update accounts.tokens set kind = 'session' where label = 'test'`;
  ids.set("TOKEN", spare.id);
  // What is sent as the bytes of a content.
  ids.set("CONTENT", `sha256:${createHash("sha256").update("x").digest("hex")}`);
  const claims = { iss: "https://login.example.org", sub: "person:admin", aud: "gateway" };
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const foreign = new SignJWT(claims).setProtectedHeader({ alg: "RS256" }).setIssuedAt().setExpirationTime("1m");
  const unsigned = new UnsecuredJWT({ ...claims, iss: "catalog" }).setIssuedAt().setExpirationTime("1m");
  tokens.set("owner", own.token);
  tokens.set("expired", expired.token);
  tokens.set("revoked", revoked.token);
  tokens.set("scoped to read", scoped.token);
  tokens.set("site administrator", world.adminToken);
  tokens.set("foreign issuer", await foreign.sign(privateKey));
  tokens.set("alg: none", unsigned.encode());
  // A token that one service has signed for another one, with the rights of everybody.
  tokens.set("wrong audience", await serviceToken("catalog", "ingest"));
};

/** The request of a route as a caller makes it. */
type Asked = { readonly values: Readonly<Record<string, string>>; readonly body: unknown };

/** Versions of the shared asset that were made to be deleted. */
let assetVersions = 0;

/** Gives whoever is let in something of their own, so that what they delete is not missing for the next one. */
const targets: Readonly<Record<string, (name: string, asked: Asked) => Promise<Asked>>> = {
  made: async (name, asked) => ({ ...asked, body: { name } }),
  lab: async (name, asked) => {
    await owner.client.call(accountsRoutes.createGroup, { body: { name } });
    return { ...asked, values: { name } };
  },
  member: async (_, asked) => {
    await owner.client.call(accountsRoutes.addGroupMember, { params: { name: "lab", member: "dummy" } });
    return asked;
  },
  // With a limited token nothing new is claimed; claiming what one has changes nothing.
  claimed: async (name, asked) => (name.includes("limited") ? asked : { ...asked, values: { name } }),
  grantee: async (_, asked) => {
    const params = { kind: "dataset", resource: "shared", grantee: "dummy" } as const;
    await owner.client.call(accountsRoutes.giveGrant, { params, body: { role: "viewer" } });
    return asked;
  },
  dataset: async (name, asked) => {
    await world.importAs(owner, name, ["01"]);
    return { ...asked, values: { dataset: name } };
  },
  query: async (name, asked) => {
    await owner.client.call(catalogRoutes.saveQuery, { params: { name }, body: { expression: "" } });
    return { ...asked, values: { name } };
  },
  asset: async (_, asked) => {
    const version = `2.0.${++assetVersions}`;
    await createAsset(version);
    return { ...asked, values: { name: "shared", version } };
  },
  keptOut: async (_, asked) => {
    await world.sql`update catalog.deletions set restored_at = null where dataset = 'shared' and subject_hash is not null`;
    return asked;
  },
  pinned: async (name, asked) => ({ ...asked, values: { ...asked.values, pin: name } }),
  pipeline: async (name, asked) => {
    await owner.client.call(routerRoutes.applyPipeline, { params: { name }, body: { source: emptyDocument } });
    return { ...asked, values: { name } };
  },
};

/** Parameters that the table does not name. */
const defaults = { kind: "dataset", dataset: "shared", sha256: "CONTENT" };

/** Replaces what the table writes in capitals by what it stands for. */
const filled = (text: string): string =>
  ids.get(text) ??
  text.replace(/\b(DOCUMENT|MANIFEST)\b/, (word) => (word === "DOCUMENT" ? emptyDocument : processManifest));

const ask = async (route: string, rule: RouteRule, caller: Caller, expected: Outcome): Promise<Outcome> => {
  const [method = "", path = ""] = route.split(" ");
  const slug = caller.replaceAll(/[^a-z]+/g, "-");
  const plain: Asked = { values: rule.values ?? {}, body: rule.body };
  const prepare = rule.ownTarget === undefined || expected !== "in" ? undefined : targets[rule.ownTarget];
  const { values, body } = prepare === undefined ? plain : await prepare(`${rule.ownTarget}-${slug}`, plain);
  if (prepare !== undefined && caller === "limited to what is shared") await widenLimits();
  const names: Readonly<Record<string, string>> = { ...defaults, ...values };
  const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(filled(names[name] ?? "x")));
  const token = tokens.get(caller);
  const sent = bodyOf(method, path, body);
  const search = rule.query === undefined ? "" : `?${rule.query.replace("ME", nameOf(caller))}`;
  const response = await fetch(new URL(`${url}${search}`, world.door), {
    method,
    headers: { ...sent.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    signal: AbortSignal.timeout(30_000),
    ...(sent.body === undefined ? {} : { body: sent.body }),
  });
  await response.body?.cancel();
  return outcomeOf(response.status, rule, expected);
};

/** Adds to the limits of a token what its user has been given for one request. */
const widenLimits = (): Promise<unknown> => world.sql`
  insert into accounts.token_resources (token, resource)
  select ${ids.get("LIMITED") ?? ""}::uuid, id from accounts.resources where owner = 'owner' and name <> 'elsewhere'
  on conflict do nothing`;

const bodyOf = (
  method: string,
  path: string,
  body: unknown,
): { headers: Record<string, string>; body?: RequestInit["body"] } => {
  const content = document.paths[path]?.[operationOf(method)]?.requestBody?.content ?? {};
  if ("application/octet-stream" in content)
    return { headers: { "content-type": "application/octet-stream" }, body: "x" };
  if ("multipart/form-data" in content) {
    const form = new FormData();
    form.set("sub-01/anat/sub-01_T1w.nii.gz", new Blob(["x"]));
    return { headers: {}, body: form };
  }
  if (body === undefined) return { headers: {} };
  const text = JSON.stringify(body, (_, value: unknown) => (typeof value === "string" ? filled(value) : value));
  return { headers: { "content-type": "application/json" }, body: text };
};

const methods = ["get", "put", "post", "patch", "delete"] as const;
const operationOf = (method: string): (typeof methods)[number] =>
  methods.find((one) => one === method.toLowerCase()) ?? "get";

/**
 * Statuses of 5xx are no outcome at all, nor is 400 of what is valid: with an invalid request nobody learns whether it would have been let in. 401 of a route that anybody may ask is an answer about what was asked. */
const outcomeOf = (status: number, { need, taken, invalid = false }: RouteRule, expected: Outcome): Outcome | never => {
  if (status >= 500) throw new Error(`It was answered with ${status}.`);
  if (status === 400 && !invalid) throw new Error("It was refused as invalid.");
  if (need.kind === "nothing" && status === 401) return expected;
  if (status === 401 || status === 403 || status === 404) return `${status}`;
  return status === 409 && taken !== undefined ? "409" : "in";
};

test("the table has every route of the document, and no other", () => {
  const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(Object.keys(routeTable).toSorted()).toEqual(routes.toSorted());
});

test("each route answers each caller as the rules say", { timeout: 300_000 }, async () => {
  const differences: string[] = [];
  const counts: Record<string, number> = {};
  const began = Date.now();
  for (const [route, rule] of Object.entries(routeTable)) {
    const [method = ""] = route.split(" ");
    const compare = async (caller: Caller): Promise<void> => {
      const expected = expectedOutcome(caller, rule, method);
      const seen = await ask(route, rule, caller, expected).catch((error: unknown) => String(error));
      counts[seen] = (counts[seen] ?? 0) + 1;
      if (seen !== expected) differences.push(`${route} as ${caller}: expected ${expected}, seen ${seen}`);
    };
    // What is prepared for one caller is not for another one to find.
    if (rule.ownTarget !== undefined) for (const caller of callers) await compare(caller);
    else await Promise.all(callers.map(compare));
  }
  const routes = Object.keys(routeTable).length;
  console.log(
    `${routes} routes × ${callers.length} callers = ${routes * callers.length} requests in ${Date.now() - began} ms, ` +
      `${differences.length} differences; seen ${JSON.stringify(counts)}`,
  );
  expect(differences).toEqual([]);
});

test("who asks without a credential that counts changes nothing", async () => {
  const client = createHttpClient({ url: world.door, token: world.adminToken });
  const { items } = await client.call(accountsRoutes.listUsers, { query: { limit: 1000 } });
  expect(items.map(({ name }) => name).filter((name) => name.startsWith("new-"))).toEqual(["new-user"]);
});

/** Posts from another address of this machine, with a header that names a third one. @returns the status */
const postFrom = async (localAddress: string, path: string, body: unknown): Promise<number> => {
  const headers = { "content-type": "application/json", "x-rollerblade-address": "192.0.2.1" };
  const sent = request(new URL(path, world.door), { method: "POST", localAddress, headers });
  sent.end(JSON.stringify(body));
  const [response] = await once(sent, "response");
  response.resume();
  return response.statusCode;
};

/** What the service accounts does itself, each in the transaction of the change; pruning is tested beside the log. */
const changes = [
  ...["group.changed", "group.created", "group.deleted", "group.member-added", "group.member-removed"],
  ...["grant.given", "grant.revoked", "identity.linked", "identity.unlinked", "password.changed", "password.reset"],
  ...["resource.claimed", "resource.released", "resource.transferred", "session.begun", "session.ended"],
  ...[
    "session.refused",
    "sign-in-code.created",
    "token.created",
    "token.revoked",
    "transfer.accepted",
    "transfer.declined",
  ],
  ...["transfer.offered", "transfer.withdrawn", "user.changed", "user.created"],
];

test("each kind of event stands in the audit log, with who, what, from where and how it ended", async () => {
  const { client } = owner;
  const offer = (name: string) => {
    const params = { kind: "query", name } as const;
    return client.call(accountsRoutes.transferResource, { params, body: { owner: "dummy" } });
  };
  const door = createHttpClient({ url: world.door });
  const { secret } = await world.root.call(accountsRoutes.resetPassword, { params: { name: "dummy" } });
  const wrong = { name: "dummy", password: "a wrong one" };
  expect(await postFrom("127.0.0.2", "/v1/sign-in", wrong)).toBe(401);
  const right = { name: "dummy", password: secret, newPassword: "a long password" };
  const { token } = await door.call(gatewayRoutes.signIn, { body: right });
  const dummy = createHttpClient({ url: world.door, token: token ?? "" });
  const body = { expression: "" };
  for (const name of ["one", "two"]) await client.call(catalogRoutes.saveQuery, { params: { name }, body });
  const transferOf = (name: string) => ({ params: { kind: "query", name } as const });
  await offer("one");
  await client.call(accountsRoutes.endTransfer, transferOf("one"));
  await offer("one");
  await dummy.call(accountsRoutes.endTransfer, transferOf("one"));
  await offer("one");
  await dummy.call(accountsRoutes.acceptTransfer, transferOf("one"));
  await world.root.call(accountsRoutes.transferResource, { ...transferOf("two"), body: { owner: "dummy" } });
  const { url } = await client.call(catalogRoutes.linkFile, {
    query: { dataset: "shared", path: "sub-01/anat/sub-01_T1w.nii.gz" },
  });
  const path = new URL(url ?? "");
  expect((await fetch(new URL(`${path.pathname}${path.search}`, world.door))).status).toBe(200);
  await dummy.call(accountsRoutes.endSessions, { body: {} });
  const seen = async () => {
    const rows = await world.sql<{ action: string }[]>`select distinct action from accounts.audit order by action`;
    return rows.map(({ action }) => action);
  };
  await expect.poll(seen, { timeout: 20_000 }).toContain("download.getObject");
  const actions = await seen();
  expect(changes.filter((change) => !actions.includes(change))).toEqual([]);
  const kinds = ["change", "deletion", "download", "grant", "import", "link", "read", "run", "sign-in"];
  expect(kinds.filter((kind) => !actions.some((action) => action.startsWith(`${kind}.`)))).toEqual([]);
  console.log(`${actions.length} kinds of events in the audit log`);
  const of = async (action: string, actor: string) =>
    (await world.root.call(accountsRoutes.listAudit, { query: { action, actor, limit: 1 } })).items[0];
  // The address is that of the person, not of the gateway that asked for them, and nobody names another one.
  expect(await of("session.refused", "anonymous")).toMatchObject({ subject: "user dummy", address: "127.0.0.2" });
  expect((await world.root.call(accountsRoutes.verifyAudit, {})).faults).toEqual([]);
  const query = { kind: "dataset", resource: "shared", limit: 1000 } as const;
  const own = await client.call(accountsRoutes.listAudit, { query });
  const actors = new Set(own.items.map(({ actor }) => actor));
  for (const actor of ["viewer", "member", "nested", "runner", "contributor", "stranger"])
    expect(actors).toContain(actor);
});
