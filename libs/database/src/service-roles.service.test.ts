import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startTestServers } from "@rollerblade/embedded/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, disconnect, type Sql } from "./connect.ts";
import { migrate } from "./migrate.ts";
import { pendingMigrations } from "./pending-migrations.ts";
import { serviceRoleName } from "./service-roles.ts";

const servers = await startTestServers();
const owner = connect(servers.databaseUrl);
const root = mkdtempSync(join(tmpdir(), "roles-"));

// Roles belong to the whole server, which other tests use too.
const suffix = randomBytes(4).toString("hex");
const [catalogSchema, ingestSchema] = [`catalog_${suffix}`, `ingest_${suffix}`];
const password = randomBytes(16).toString("hex");
const roleOf = (service: string, schema: string | null) => ({ name: serviceRoleName(service), password, schema });
const roles = [
  roleOf(catalogSchema, catalogSchema),
  roleOf(ingestSchema, ingestSchema),
  roleOf(`accounts_${suffix}`, "accounts"),
  roleOf(`gateway_${suffix}`, null),
];

const service = (schema: string, statements: readonly string[]) => {
  const folder = join(root, schema);
  mkdirSync(join(folder, "meta"), { recursive: true });
  const entries = statements.map((_, idx) => ({
    idx,
    version: "7",
    when: idx + 1,
    tag: `000${idx}`,
    breakpoints: true,
  }));
  writeFileSync(join(folder, "meta/_journal.json"), JSON.stringify({ version: "7", dialect: "postgresql", entries }));
  for (const [at, sql] of statements.entries()) writeFileSync(join(folder, `000${at}.sql`), sql);
  return { schema, migrations: pathToFileURL(`${folder}/`) };
};

const breakpoint = "\n--> statement-breakpoint\n";
const accounts = service("accounts", [
  [
    "create table accounts.tokens (hash text)",
    "create table accounts.audit (id bigint generated always as identity, action text)",
    "create view accounts.access_v1 as select hash as token_hash from accounts.tokens",
  ].join(breakpoint),
]);
const viewOf = (schema: string) => `create view ${schema}.paths_v1 as select path from ${schema}.files`;
const tableOf = (schema: string) => `create table ${schema}.files (id bigint generated always as identity, path text)`;
const services = [
  accounts,
  service(catalogSchema, [tableOf(catalogSchema)]),
  service(ingestSchema, [[tableOf(ingestSchema), viewOf(ingestSchema)].join(breakpoint)]),
];

const urlOf = (role: string): string => {
  const url = new URL(servers.databaseUrl);
  url.username = role;
  url.password = password;
  return url.href;
};

let [catalog, gateway, people]: Sql[] = [];
const as = (role: number): Sql => connect(urlOf(roles[role]?.name ?? ""), { max: 1 });

beforeAll(async () => {
  await migrate(servers.databaseUrl, services, roles);
  [catalog, people, gateway] = [as(0), as(2), as(3)];
});
afterAll(async () => {
  await Promise.all([catalog, gateway, people].map((sql) => sql && disconnect(sql)));
  for (const { name } of roles) {
    await owner`drop owned by ${owner(name)}`;
    await owner`drop role ${owner(name)}`;
  }
  await disconnect(owner);
  await servers.stop();
  rmSync(root, { recursive: true });
});

const run = (sql: Sql | undefined, text: string) =>
  sql?.unsafe(text).then(
    () => "done",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : String(error)),
  );

const denied = "42501";

test("a service reads and writes its own tables, and those that a later migration makes", async () => {
  expect(await run(catalog, `insert into ${catalogSchema}.files (path) values ('a')`)).toBe("done");
  expect(await run(catalog, `update ${catalogSchema}.files set path = 'b'`)).toBe("done");
  expect(await run(catalog, `delete from ${catalogSchema}.files`)).toBe("done");
  const later = [tableOf(catalogSchema), `create table ${catalogSchema}.scans (id int)`];
  await migrate(servers.databaseUrl, [service(catalogSchema, later)], roles);
  expect(await run(catalog, `insert into ${catalogSchema}.scans values (1)`)).toBe("done");
});

test.each([
  ["read another service's tables", `select * from ${ingestSchema}.files`],
  ["write another service's tables", `insert into ${ingestSchema}.files (path) values ('x')`],
  ["read tokens", "select * from accounts.tokens"],
  ["write what the view of rights shows", "insert into accounts.access_v1 values ('x')"],
  ["make tables", `create table ${catalogSchema}.own (id int)`],
  ["drop tables", `drop table ${catalogSchema}.files`],
  ["change tables", `alter table ${catalogSchema}.files add column x int`],
  ["make temporary tables", "create temporary table own (id int)"],
  ["make tables in the public schema", "create table public.own (id int)"],
  ["make schemas", "create schema own"],
  ["make roles", "create role own"],
  ["forget what was migrated", `delete from ${catalogSchema}.migrations`],
  ["run programs on the server", "copy (select 1) to program 'true'"],
  ["read files of the server", "select pg_read_file('/etc/passwd')"],
  ["read the verifiers of passwords", "select * from pg_authid"],
  ["become the owner", "set role rollerblade"],
])("a service may not %s", async (_, statement) => {
  expect(await run(catalog, statement)).toBe(denied);
});

test("every service reads the versioned view of rights, one without tables too", async () => {
  expect(await run(catalog, "select * from accounts.access_v1")).toBe("done");
  expect(await run(gateway, "select * from accounts.access_v1")).toBe("done");
  expect(await run(gateway, `select * from ${catalogSchema}.files`)).toBe(denied);
  expect(await run(catalog, `select * from ${ingestSchema}.paths_v1`)).toBe("done");
  expect(await run(catalog, `delete from ${ingestSchema}.paths_v1`)).toBe(denied);
});

test("what was audited can be added to and not be changed, by accounts neither", async () => {
  expect(await run(people, "insert into accounts.audit (action) values ('x')")).toBe("done");
  for (const statement of [
    "update accounts.audit set action = 'y'",
    "delete from accounts.audit",
    "truncate accounts.audit",
  ])
    expect(await run(people, statement), statement).toBe(denied);
});

test("a role waits for its own migrations, and the one without tables for none", async () => {
  const urls = [0, 3].map((at) => urlOf(roles[at]?.name ?? ""));
  const [own = "", none = ""] = urls;
  expect(await pendingMigrations(own, services)).toEqual([]);
  expect(await pendingMigrations(none, services)).toEqual([]);
});

test("a password that is changed is the only one", async () => {
  const changed = `${password}-changed`;
  await migrate(
    servers.databaseUrl,
    [],
    roles.map((role, at) => (at === 1 ? { ...role, password: changed } : role)),
  );
  expect(await run(as(1), "select 1")).toBe("28P01");
  await migrate(servers.databaseUrl, [], roles);
  expect(await run(as(1), "select 1")).toBe("done");
});
