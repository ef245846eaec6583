import { randomUUID } from "node:crypto";
import { accountsRoutes, createHttpClient, type HttpClient, routerRoutes, schedulerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { serviceClient } from "@rollerblade/service-kit/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pipelineRouter } from "../../services/pipeline-router/src/index.ts";
import { scheduler } from "../../services/scheduler/src/index.ts";
import { type ServicesWorld, startServicesWorld } from "../service/services-world.ts";
import { AccessModel, type Happened, kinds, type Role, roles } from "./access-model.ts";

/**
 * A random history of claims, grants, groups, deletions and work: after each step everybody sees and may do what a naive model says.
 * `ACCESS_STEPS=10000 ACCESS_SEED=7 npx vitest run --project service tests/access/random-histories` plays a long one again.
 */
const steps = Number(process.env.ACCESS_STEPS ?? 60);
const seed = Number(process.env.ACCESS_SEED ?? Date.now() % 1_000_000);

/** Rows of one kind at once; the oldest go first. */
const maxRows = 40;

const people = ["ann", "ben", "cat", "dan"];
const groups = ["lab", "team"];
const names = ["one", "two", "three"];

let world: ServicesWorld;
let service: HttpClient;
let tokens: Map<string, string>;

beforeAll(async () => {
  world = await startServicesWorld([scheduler, pipelineRouter]);
  service = serviceClient("accounts", { url: world.url("accounts") }, "catalog");
  const admin = world.admin("accounts");
  const made: [string, string][] = [];
  for (const name of people) {
    await admin.call(accountsRoutes.createUser, { body: { name } });
    const { token } = await admin.call(accountsRoutes.createToken, { body: { user: name, label: "test" } });
    made.push([name, token]);
  }
  tokens = new Map(made);
  for (const name of groups) await admin.call(accountsRoutes.createGroup, { body: { name } });
});
afterAll(() => world.stop());

const person = fc.constantFrom(...people);
const kind = fc.constantFrom(...kinds);
const name = fc.constantFrom(...names);
const grantee = fc.constantFrom(...people, "everyone", ...groups.map((group) => `group:${group}`));
const group = fc.constantFrom(...groups);
const datasets = fc.uniqueArray(name, { minLength: 1, maxLength: 2 });

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("claim" as const), person, kind, name }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("give" as const),
      person,
      kind,
      name,
      grantee,
      role: fc.constantFrom(...roles),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("revoke" as const), person, kind, name, grantee }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("transfer" as const), kind, name, to: person }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), kind, name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("join" as const), group, member: person }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), group, member: person }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("nest" as const), nested: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("disable" as const), person, disabled: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("expire" as const), person, expired: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("work" as const),
      what: fc.constantFrom("run" as const, "execution" as const, "decision" as const, "task" as const),
      person,
      datasets,
      analysis: name,
      pipeline: name,
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Everything has an owner, and something happened, so that no history is about nothing. */
const beginning: readonly Step[] = [
  ...kinds.flatMap((kind) =>
    names.map((name, index) => ({ do: "claim", person: people[index] ?? "ann", kind, name }) as const),
  ),
  ...(["run", "execution", "decision", "task"] as const).map(
    (what) =>
      ({
        do: "work",
        what,
        person: "dan",
        datasets: ["one"],
        analysis: "one",
        pipeline: "one",
      }) as const satisfies Step,
  ),
];

/** Does something, and gives its result; false where it was refused. */
const allowed = async (work: Promise<unknown>): Promise<boolean> => {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof Problem && error.code !== "internal" && error.code !== "unavailable") return false;
    throw error;
  }
};

const clientOf = (service: "accounts" | "scheduler" | "pipeline-router", who: string): HttpClient =>
  createHttpClient({ url: world.url(service), token: tokens.get(who) ?? "" });

/** Plays a step on the services and in the model. @throws AssertionError where one allows what the other refuses */
const play = async (model: AccessModel, one: Step): Promise<void> => {
  const admin = world.admin("accounts");
  model.now += 1;
  switch (one.do) {
    case "claim": {
      const params = { kind: one.kind, name: one.name };
      const done = await allowed(clientOf("accounts", one.person).call(accountsRoutes.claimResource, { params }));
      expect(done).toBe(model.signsIn(one.person) && model.claim(one.person, `${one.kind}/${one.name}`));
      return;
    }
    case "give": {
      const params = { kind: one.kind, resource: one.name, grantee: one.grantee };
      const body = { role: one.role };
      const done = await allowed(clientOf("accounts", one.person).call(accountsRoutes.giveGrant, { params, body }));
      const key = `${one.kind}/${one.name}`;
      expect(done).toBe(model.signsIn(one.person) && model.give(one.person, key, one.grantee, one.role));
      return;
    }
    case "revoke": {
      const params = { kind: one.kind, resource: one.name, grantee: one.grantee };
      const done = await allowed(clientOf("accounts", one.person).call(accountsRoutes.revokeGrant, { params }));
      const key = `${one.kind}/${one.name}`;
      expect(done).toBe(model.signsIn(one.person) && model.revoke(one.person, key, one.grantee));
      return;
    }
    case "transfer": {
      const thing = model.things.get(`${one.kind}/${one.name}`);
      if (thing === undefined) return;
      await world.sql`update accounts.resources set owner = ${one.to} where kind = ${one.kind} and name = ${one.name}`;
      thing.owner = one.to;
      return;
    }
    case "delete": {
      const [row] = await world.sql<{ id: string }[]>`
        select id from accounts.resources where kind = ${one.kind} and name = ${one.name}`;
      if (row !== undefined)
        await service.call(accountsRoutes.retireResource, { params: { id: row.id }, body: { actor: "ann" } });
      model.retire(`${one.kind}/${one.name}`);
      return;
    }
    case "join":
      return join(model, one.group, one.member);
    case "leave":
      return leave(model, one.group, one.member);
    case "nest":
      return one.nested ? join(model, "team", "group:lab") : leave(model, "team", "group:lab");
    case "disable":
      await admin.call(accountsRoutes.changeUser, { params: { name: one.person }, body: { disabled: one.disabled } });
      // The tokens of a disabled person do not come back; whoever is let in again gets a new one.
      if (!one.disabled && model.disabled.has(one.person)) {
        const body = { user: one.person, label: "again" };
        tokens.set(one.person, (await admin.call(accountsRoutes.createToken, { body })).token);
        model.expired.delete(one.person);
      }
      model.disabled[one.disabled ? "add" : "delete"](one.person);
      return;
    case "expire":
      await world.sql`
        update accounts.tokens set expires_at = now() + ${one.expired ? "-1 second" : "1 day"}::interval
        where user_name = ${one.person}`;
      model.expired[one.expired ? "add" : "delete"](one.person);
      return;
    case "work":
      return work(model, one);
  }
};

const join = async (model: AccessModel, group: string, member: string): Promise<void> => {
  const params = { name: group, member };
  const done = await allowed(world.admin("accounts").call(accountsRoutes.addGroupMember, { params }));
  expect(done).toBe(!model.disabled.has(member));
  if (done) model.groups.set(group, new Set([...(model.groups.get(group) ?? []), member]));
};

const leave = async (model: AccessModel, group: string, member: string): Promise<void> => {
  const members = model.groups.get(group);
  if (members?.delete(member) !== true) return;
  await world.admin("accounts").call(accountsRoutes.removeGroupMember, { params: { name: group, member } });
};

/** Writes what the services write when work is done, where all of it exists. */
const work = async (model: AccessModel, one: Extract<Step, { do: "work" }>): Promise<void> => {
  const keys = [`analysis/${one.analysis}`, ...one.datasets.map((dataset) => `dataset/${dataset}`)];
  if (one.what === "decision") keys.push(`pipeline/${one.pipeline}`);
  if (!keys.every((key) => model.things.has(key))) return;
  const told = one.what === "decision" ? one.datasets.slice(0, 1) : one.datasets;
  const row = { ...one, datasets: told, owner: one.person, id: randomUUID(), at: model.now };
  await insert(row);
  model.happened.push(row);
  const same = model.happened.filter(({ what }) => what === one.what);
  const [oldest] = same;
  if (same.length <= maxRows || oldest === undefined) return;
  model.happened.splice(model.happened.indexOf(oldest), 1);
  const table = world.sql(oldest.what === "decision" ? "pipeline_router.decisions" : `scheduler.${oldest.what}s`);
  await world.sql`delete from ${table} where id = ${oldest.id}`;
};

const insert = async ({ what, id, owner, datasets, analysis, pipeline }: Happened): Promise<void> => {
  const [dataset = ""] = datasets;
  const { sql } = world;
  if (what === "run")
    await sql`
      insert into scheduler.runs (id, analysis, version, parameters, priority, owner, state, datasets)
      values (${id}, ${analysis}, '1.0.0', '{}', 'interactive', ${owner}, 'finished', ${[...datasets]}::text[])`;
  else if (what === "execution")
    await sql`
      insert into scheduler.executions (id, key, analysis, version, parameters, datasets, state, rank, owner, cpu, memory)
      values (${id}, ${id}, ${analysis}, '1.0.0', '{}', ${[...datasets]}::text[], 'succeeded', 0, ${owner}, 1, 1)`;
  else if (what === "task")
    await sql`
      insert into scheduler.tasks (id, run, decision, round, decided, sequence, analysis, version, parameters_hash, rank, owner, dataset,
        slice, slice_key, sources, key, state, outcome, traceparent, decided_at, datasets)
      values (${id}, ${id}, ${id}, 0, 0, 0, ${analysis}, '1.0.0', '', 0, ${owner}, ${dataset},
        ${JSON.stringify({ level: "dataset", dataset, subject: null, session: null, scan: null })}::text::jsonb, ${id}, '{}', ${id}, 'final', 'ran', '', now(),
        ${[...datasets]}::text[])`;
  else
    await sql`
      insert into pipeline_router.decisions (id, document, rule, level, dataset, slice_key, analysis, version, parameters_hash, application,
        progress, reason)
      values (${id}, ${pipeline}, 'rule', 'dataset', ${dataset}, ${id}, ${analysis}, '1.0.0', '', ${randomUUID()}, 'succeeded', '')`;
};

/** What the services show somebody; null without a token that is worth something. */
const shownTo = async (model: AccessModel, who: string) => {
  const query = { limit: 1_000 };
  const accounts = clientOf("accounts", who);
  if (!(await allowed(accounts.call(accountsRoutes.me, {})))) return null;
  const jobs = clientOf("scheduler", who);
  const executions = model.happened.filter(({ what }) => what === "execution");
  const [resources, runs, tasks, decisions, known] = await Promise.all([
    accounts.call(accountsRoutes.listResources, { query }),
    jobs.call(schedulerRoutes.listRuns, { query }),
    jobs.call(schedulerRoutes.listTasks, { query }),
    clientOf("pipeline-router", who).call(routerRoutes.listDecisions, { query }),
    Promise.all(
      executions.map(async ({ id }) =>
        (await allowed(jobs.call(schedulerRoutes.showExecution, { params: { id } }))) ? [id] : [],
      ),
    ),
  ]);
  const idsOf = (page: { readonly items: readonly { readonly id: string }[] }) =>
    page.items.map(({ id }) => id).toSorted();
  const usable = resources.items.map(({ kind, name, role }): [string, Role] => [`${kind}/${name}`, role]);
  return {
    resources: Object.fromEntries(usable),
    ...{ runs: idsOf(runs), tasks: idsOf(tasks), decisions: idsOf(decisions), executions: known.flat().toSorted() },
  };
};

const expectedFor = (model: AccessModel, who: string) => {
  if (!model.signsIn(who)) return null;
  const usable = [...model.things.keys()].flatMap((key) => {
    const role = model.roleOf(who, key);
    return role === undefined ? [] : [[key, role] as const];
  });
  return {
    resources: Object.fromEntries(usable),
    runs: model.sees(who, "run"),
    tasks: model.sees(who, "task"),
    decisions: model.sees(who, "decision"),
    executions: model.sees(who, "execution"),
  };
};

test("after each step of a random history everybody sees and may do what the model says", {
  timeout: 1_200_000,
}, async () => {
  const history = [...beginning, ...fc.sample(step, { numRuns: steps, seed })];
  const model = new AccessModel();
  let answers = 0;
  let shown = 0;
  for (const [index, one] of history.entries()) {
    await play(model, one);
    for (const who of people) {
      const [seen, expected] = [await shownTo(model, who), expectedFor(model, who)];
      answers += 1;
      shown += seen === null ? 0 : seen.runs.length + seen.tasks.length + seen.decisions.length;
      expect(seen, `${who} after step ${index} of seed ${seed}, ${JSON.stringify(one)}`).toEqual(expected);
    }
  }
  process.stdout.write(
    `random histories: ${history.length} steps of seed ${seed}, ${answers} comparisons, ${shown} rows shown, 0 differences\n`,
  );
  expect(shown).toBeGreaterThan(0);
});
