import { randomBytes } from "node:crypto";
import { type AuditLine, accountsRoutes, createHttpClient, type HttpClient } from "@rollerblade/client";
import { connect, disconnect, migrate, type Sql, serviceRoleName } from "@rollerblade/database";
import { startTestServers } from "@rollerblade/embedded/testing";
import { type RunningServices, runService } from "@rollerblade/service-kit";
import { serviceClient, testSettings } from "@rollerblade/service-kit/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { accounts } from "./index.ts";

const servers = await startTestServers();
const adminToken = randomBytes(16).toString("hex");
const password = randomBytes(16).toString("hex");
const settings = testSettings(servers);

let sql: Sql;
let running: RunningServices;
let admin: HttpClient;
let service: HttpClient;
let ada: HttpClient;

beforeAll(async () => {
  sql = connect(servers.databaseUrl, { max: 2 });
  const role = { name: serviceRoleName("accounts"), password, schema: "accounts" };
  if (accounts.database !== null) await migrate(servers.databaseUrl, [accounts.database], [role]);
  running = await runService(accounts, settings, { accounts: { adminToken } });
  const url = running.urls.accounts ?? "";
  admin = createHttpClient({ url, token: adminToken });
  service = serviceClient("accounts", { url });
  await admin.call(accountsRoutes.createUser, { body: { name: "ada" } });
  const { token } = await admin.call(accountsRoutes.createToken, { body: { user: "ada", label: "test" } });
  ada = createHttpClient({ url, token });
  await ada.call(accountsRoutes.claimResource, { params: { kind: "dataset", name: "brains" } });
});
afterAll(async () => {
  await running.stop();
  await disconnect(sql);
  await servers.stop();
});

const read = (subject: string, time = new Date()): AuditLine => ({
  time: time.toISOString(),
  actor: "bob",
  action: "read.showDataset",
  subject,
  outcome: "allowed",
  address: "192.0.2.7",
  traceId: null,
  details: {},
});
const record = (...lines: AuditLine[]) => service.call(accountsRoutes.recordAudit, { body: { lines } });
const verify = () => admin.call(accountsRoutes.verifyAudit, {});

/** Does what only the owner of the tables can, with the triggers out of the way, and puts everything back. */
const tamper = async (change: (tx: Sql) => Promise<unknown>): Promise<void> => {
  await sql`create table kept_audit as select * from accounts.audit`;
  await sql`alter table accounts.audit disable trigger user`;
  try {
    await change(sql);
    tampered = (await verify()).faults;
    await sql`delete from accounts.audit`;
    await sql`insert into accounts.audit select * from kept_audit`;
  } finally {
    await sql`alter table accounts.audit enable trigger user`;
    await sql`drop table kept_audit`;
  }
  expect((await verify()).faults).toEqual([]);
};
let tampered: unknown;

beforeEach(() => record(read("dataset brains"), read("dataset brains"), read("dataset others")));

const middle = async (): Promise<number> => {
  const [row] = await sql<{ sequence: number }[]>`select max(sequence)::int - 2 as sequence from accounts.audit`;
  return row?.sequence ?? 0;
};

test("rows get numbers without gaps, also when many are written at once, and the chain is sound", async () => {
  await Promise.all(
    Array.from({ length: 20 }, () => record(...Array.from({ length: 10 }, () => read("dataset many")))),
  );
  const { rows, head, anchor, faults } = await verify();
  expect([faults, head.sequence, anchor.sequence]).toEqual([[], rows, 0]);
  expect(rows).toBeGreaterThan(200);
});

test("however many lines one statement adds, the end of the chain moves once", async () => {
  const [moved] = await sql.begin(async (tx) => {
    await tx`
      insert into accounts.audit (id, actor, action, subject)
      select gen_random_uuid(), 'ada', 'read.showDataset', 'dataset brains' from generate_series(1, 100)`;
    return tx<{ times: number }[]>`
      select pg_stat_get_xact_tuples_updated('accounts.audit_head'::regclass)::int as times`;
  });
  expect(moved).toEqual({ times: 1 });
  const { head, rows, faults } = await verify();
  expect([head.sequence, faults]).toEqual([rows, []]);
});

test("a changed row is found", async () => {
  const sequence = await middle();
  await tamper((tx) => tx`update accounts.audit set actor = 'eve' where sequence = ${sequence}`);
  expect(tampered).toEqual([{ sequence, fault: "changed" }]);
});

test("a missing row is found, in the middle and at the end", async () => {
  const sequence = await middle();
  await tamper((tx) => tx`delete from accounts.audit where sequence = ${sequence}`);
  expect(tampered).toEqual([{ sequence, fault: "missing" }]);
  await tamper((tx) => tx`delete from accounts.audit where sequence > ${sequence}`);
  expect(tampered).toEqual([{ sequence: sequence + 1, fault: "missing" }]);
});

test("an inserted row is found, behind the end and in place of another", async () => {
  const [last] = await sql<{ sequence: number }[]>`select max(sequence)::int as sequence from accounts.audit`;
  const sequence = last?.sequence ?? 0;
  await tamper(
    (tx) => tx`
      insert into accounts.audit (id, actor, action, subject, sequence, previous_hash, hash)
      select gen_random_uuid(), 'eve', 'grant.given', 'dataset brains', ${sequence + 1}, hash, 'x'
      from accounts.audit where sequence = ${sequence}`,
  );
  expect(tampered).toContainEqual({ sequence: sequence + 1, fault: "inserted" });
  // With a hash that is right for its values, in the place of a row that was removed.
  await tamper(async (tx) => {
    await tx`update accounts.audit set actor = 'eve' where sequence = ${sequence - 2}`;
    await tx`update accounts.audit as line set hash = accounts.audit_hash(line) where sequence = ${sequence - 2}`;
  });
  expect(tampered).toEqual([{ sequence: sequence - 1, fault: "inserted" }]);
});

test.each([
  "update accounts.audit set actor = 'eve'",
  "delete from accounts.audit",
  "truncate accounts.audit",
  "update accounts.audit_head set sequence = 0",
  "delete from accounts.audit_head",
  "update accounts.audit_anchor set sequence = 1000000",
  "alter table accounts.audit disable trigger user",
])("neither the service's role nor a slip of the tables' owner may %s", async (statement) => {
  const url = new URL(servers.databaseUrl);
  url.username = serviceRoleName("accounts");
  url.password = password;
  const asService = connect(url.href, { max: 1 });
  try {
    await expect(asService.unsafe(statement)).rejects.toMatchObject({ code: "42501" });
  } finally {
    await disconnect(asService);
  }
  if (/accounts.audit( |$)/.test(statement) && !statement.startsWith("alter"))
    await expect(sql.unsafe(statement)).rejects.toThrow("append-only");
});

test("the service's role adds rows, and cannot choose their place in the chain", async () => {
  const url = new URL(servers.databaseUrl);
  url.username = serviceRoleName("accounts");
  url.password = password;
  const asService = connect(url.href, { max: 1 });
  await asService`
    insert into accounts.audit (id, actor, action, subject, sequence, previous_hash, hash)
    values (gen_random_uuid(), 'ada', 'grant.given', 'dataset brains', 3, 'x', 'y')`.finally(() =>
    disconnect(asService),
  );
  expect((await verify()).faults).toEqual([]);
});

test("retention removes old rows, and what remains can be verified", async () => {
  const old = new Date(Date.now() - 90 * 86_400_000);
  // Only rows before the first that is young enough are old: the order in which they were written decides.
  await sql`alter table accounts.audit disable trigger user`;
  await sql`update accounts.audit set time = ${old}`;
  await sql`alter table accounts.audit enable trigger user`;
  const before = await verify();
  await record(read("dataset brains"));
  const [pruned] = await sql`select accounts.prune_audit(now() - interval '60 days')::int as rows`;
  expect(pruned).toEqual({ rows: before.rows });
  const { rows, anchor, faults } = await verify();
  expect([rows, anchor, faults]).toEqual([2, before.head, []]);
  const { items } = await admin.call(accountsRoutes.listAudit, { query: { action: "audit.pruned" } });
  expect(items.map(({ details }) => details)).toEqual([
    { through: before.head.sequence, hash: before.head.hash, rows: before.rows },
  ]);
  // The youngest 30 days stay, whatever is asked.
  expect(await sql`select accounts.prune_audit(now() + interval '1 day')::int as rows`).toEqual([{ rows: 0 }]);
  await expect(sql`delete from accounts.audit`).rejects.toThrow("append-only");
});

test("owners see who used their data since they have it, without addresses; others see nothing", async () => {
  await record(read("dataset brains", new Date(Date.now() - 86_400_000)));
  const query = { kind: "dataset", resource: "brains", action: "read." } as const;
  const own = await ada.call(accountsRoutes.listAudit, { query });
  const all = await admin.call(accountsRoutes.listAudit, { query });
  expect(all.items.length).toBeGreaterThan(own.items.length);
  expect(new Set(own.items.map(({ actor, subject, address }) => `${actor} ${subject} ${address}`))).toEqual(
    new Set(["bob dataset brains null"]),
  );
  expect(all.items[0]?.address).toBe("192.0.2.7");
  await expect(ada.call(accountsRoutes.listAudit, { query: {} })).rejects.toMatchObject({ code: "forbidden" });
  const others = ada.call(accountsRoutes.listAudit, { query: { kind: "dataset", resource: "others" } });
  await expect(others).rejects.toMatchObject({ code: "not-found" });
  await expect(ada.call(accountsRoutes.verifyAudit, {})).rejects.toMatchObject({ code: "forbidden" });
  await expect(
    ada.call(accountsRoutes.recordAudit, { body: { lines: [read("dataset brains")] } }),
  ).rejects.toMatchObject({ code: "forbidden" });
});

test("a change is recorded in its own transaction, with the address of who asked for it", async () => {
  const params = { kind: "dataset", resource: "brains", grantee: "everyone" } as const;
  await ada.call(accountsRoutes.giveGrant, { params, body: { role: "viewer", reason: "it is public" } });
  const { items } = await admin.call(accountsRoutes.listAudit, { query: { action: "grant." } });
  expect(items[0]).toMatchObject({
    actor: "ada",
    action: "grant.given",
    subject: "dataset brains",
    outcome: "allowed",
    address: "127.0.0.1",
    details: { grantee: "everyone", role: "viewer", expiresAt: null, reason: "it is public" },
  });
});
