import { deepEqual, equal } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { accountsRoutes, catalogRoutes, createHttpClient, type HttpClient } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import type { ServiceName } from "@rollerblade/service-kit";
import { serviceClient } from "@rollerblade/service-kit/testing";
import type { ServicesWorld } from "../service/services-world.ts";
import type { AccessModel, Happened, kinds, Limits, Thing } from "./access-model.ts";
import { deleteThing, insertHappened, insertThing, tables } from "./history-rows.ts";
import { type Credential, credentials, people, type Step } from "./history-steps.ts";

/** Rows of one kind at once; the oldest go first. */
const maxRows = 6;

/** A token or session as it was given, and what the model knows of it. */
type Held = { readonly token: string; readonly id: string | null; readonly limits: Limits; until: number };

/** Plays steps on the services and in the model. */
export class HistoryPlayer {
  readonly #world: ServicesWorld;
  readonly #model: AccessModel;
  /** By person and credential; what was ended is kept, to be refused. */
  readonly #held = new Map<string, Held>();

  constructor(world: ServicesWorld, model: AccessModel) {
    this.#world = world;
    this.#model = model;
  }

  /** Makes everybody, with a session and a token of each scope. */
  async begin(): Promise<void> {
    const admin = this.#world.admin("accounts");
    for (const name of people) {
      await admin.call(accountsRoutes.createUser, { body: { name } });
      const { secret } = await admin.call(accountsRoutes.resetPassword, { params: { name } });
      await this.#signIn(name, { password: secret, newPassword: passwordOf(name) });
      for (const scope of ["read", "run", "write", "admin"] as const) await this.#mint(name, scope, 30);
    }
  }

  /** The token of a credential, whether or not it is still good. */
  tokenOf(person: string, credential: Credential): string {
    return this.#held.get(`${person} ${credential}`)?.token ?? "";
  }

  /** Whether the model lets somebody use a credential. */
  isGood(person: string, credential: Credential): boolean {
    const held = this.#held.get(`${person} ${credential}`);
    return held !== undefined && held.until > this.#model.now && !this.#model.disabled.has(person);
  }

  /** A client with a token of somebody that is good, and its limits; null where they have none. `turn` chooses which. */
  readerOf(person: string, turn: number): Reader | null {
    const good = credentials.filter((one) => this.isGood(person, one));
    const credential = good[turn % good.length];
    if (credential === undefined) return null;
    return {
      clientOf: (service) => this.#client(service, person, credential),
      limits: this.#limitsOf({ person, credential }),
    };
  }

  #limitsOf({ person, credential }: By["by"]): Limits {
    return this.#held.get(`${person} ${credential}`)?.limits ?? null;
  }

  #client(service: ServiceName, person: string, credential: Credential): HttpClient {
    return createHttpClient({ url: this.#world.url(service), token: this.tokenOf(person, credential) });
  }

  /** @throws AssertionError where one allows what the other refuses */
  async play(one: Step): Promise<void> {
    this.#model.step += 1;
    const [done, expected] = await this.#do(one);
    equal(done, expected, `${JSON.stringify(one)} was ${done ? "allowed" : "refused"}`);
  }

  /** What the services did, and what the model does. */
  async #do(one: Step): Promise<readonly [done: boolean, expected: boolean]> {
    const model = this.#model;
    switch (one.do) {
      case "claim":
        return this.#claim(one);
      case "give": {
        const { grantee, role, lasts } = one;
        const params = { ...resourceOf(one), grantee };
        const expiresAt = lasts === null ? null : new Date(Date.now() + lasts * hourMs).toISOString();
        const done = this.#as(one, (client) =>
          client.call(accountsRoutes.giveGrant, { params, body: { role, expiresAt, reason: randomUUID() } }),
        );
        const until = lasts === null ? null : model.now + lasts;
        return [
          await done,
          this.#may(one, "admin") &&
            this.#through(one, () => model.give(one.by.person, keyOf(one), grantee, { role, until })),
        ];
      }
      case "revoke": {
        const params = { ...resourceOf(one), grantee: one.grantee };
        const done = await this.#as(one, (client) => client.call(accountsRoutes.revokeGrant, { params }));
        return [
          done,
          this.#may(one, "admin") && this.#through(one, () => model.revoke(one.by.person, keyOf(one), one.grantee)),
        ];
      }
      case "offer": {
        const done = await this.#as(one, (client) =>
          client.call(accountsRoutes.transferResource, { params: one.thing, body: { owner: one.to } }),
        );
        return [
          done,
          this.#may(one, "admin") && this.#isUnlimited(one) && model.offer(one.by.person, keyOf(one), one.to),
        ];
      }
      case "accept": {
        const done = await this.#as(one, (client) => client.call(accountsRoutes.acceptTransfer, { params: one.thing }));
        return [done, this.#may(one, "admin") && this.#isUnlimited(one) && model.accept(one.by.person, keyOf(one))];
      }
      case "decline": {
        const done = await this.#as(one, (client) => client.call(accountsRoutes.endTransfer, { params: one.thing }));
        return [done, this.#may(one, "admin") && this.#isUnlimited(one) && model.decline(one.by.person, keyOf(one))];
      }
      case "hand over": {
        const admin = this.#world.admin("accounts");
        const body = { owner: one.to };
        const done = await allowed(admin.call(accountsRoutes.transferResource, { params: one.thing, body }));
        return [done, model.handOver(keyOf(one), one.to)];
      }
      case "delete":
        return this.#delete(one.thing);
      case "make group": {
        const body = { name: one.group };
        const done = await this.#as(one, (client) => client.call(accountsRoutes.createGroup, { body }));
        return [done, this.#may(one, "admin") && this.#isUnlimited(one) && model.makeGroup(one.by.person, one.group)];
      }
      case "drop group": {
        const params = { name: one.group };
        const done = await this.#as(one, (client) => client.call(accountsRoutes.deleteGroup, { params }));
        return [done, this.#may(one, "admin") && this.#isUnlimited(one) && model.dropGroup(one.by.person, one.group)];
      }
      case "join": {
        const params = { name: one.group, member: one.member };
        const done = await this.#as(one, (client) => client.call(accountsRoutes.addGroupMember, { params }));
        return [
          done,
          this.#may(one, "admin") && this.#isUnlimited(one) && model.join(one.by.person, one.group, one.member),
        ];
      }
      case "leave": {
        const params = { name: one.group, member: one.member };
        const done = await this.#as(one, (client) => client.call(accountsRoutes.removeGroupMember, { params }));
        return [
          done,
          this.#may(one, "admin") && this.#isUnlimited(one) && model.leave(one.by.person, one.group, one.member),
        ];
      }
      case "set source": {
        const call = { params: { dataset: one.dataset }, body: { source: null } };
        const done = await this.#as(one, (client) => client.call(catalogRoutes.setSource, call), "catalog");
        return [
          done,
          this.#may(one, "write") &&
            this.#through(one, () => model.may(one.by.person, `dataset/${one.dataset}`, "admin")),
        ];
      }
      case "save query": {
        // Without something under the name this would claim it; that is the step `claim`.
        if (!model.things.has(`query/${one.query}`)) return [false, false];
        const call = { params: { name: one.query }, body: { expression: "true" } };
        const done = await this.#as(one, (client) => client.call(catalogRoutes.saveQuery, call), "catalog");
        return [
          done,
          this.#may(one, "write") &&
            this.#through(one, () => model.may(one.by.person, `query/${one.query}`, "contributor")),
        ];
      }
      case "explain":
        return this.#explain(one);
      case "work":
        return this.#work(one);
      default:
        return this.#account(one);
    }
  }

  /** What happens to people and what they sign in with. */
  async #account(
    one: Extract<Step, { do: "disable" | "mint" | "mint limited" | "drop token" | "sign in" | "sign out" | "wait" }>,
  ): Promise<readonly [done: boolean, expected: boolean]> {
    const model = this.#model;
    const admin = this.#world.admin("accounts");
    switch (one.do) {
      case "disable": {
        const body = { disabled: one.disabled };
        await admin.call(accountsRoutes.changeUser, { params: { name: one.person }, body });
        // Who is let in again signs in anew: nothing from before comes back.
        if (one.disabled) this.#end(one.person, credentials);
        model.disabled[one.disabled ? "add" : "delete"](one.person);
        return [true, true];
      }
      case "mint":
        return [await allowed(this.#mint(one.person, one.scope, one.days)), !model.disabled.has(one.person)];
      case "mint limited":
        return this.#mintLimited(one);
      case "drop token": {
        const id = this.#held.get(`${one.person} ${one.credential}`)?.id;
        if (id === undefined || id === null) return [false, false];
        this.#end(one.person, [one.credential]);
        return [await allowed(admin.call(accountsRoutes.revokeToken, { params: { id } })), true];
      }
      case "sign in": {
        // Failed tries would count, and hold later ones off.
        if (model.disabled.has(one.person)) return [false, false];
        return [await allowed(this.#signIn(one.person, { password: passwordOf(one.person) })), true];
      }
      case "sign out": {
        const { person, everywhere } = one;
        const could = this.isGood(person, "session");
        const call = this.#client("accounts", person, "session").call(accountsRoutes.endSessions, {
          body: { everywhere },
        });
        const done = await allowed(call);
        if (could) this.#end(person, ["session"]);
        return [done, could];
      }
      case "wait": {
        model.now += one.hours;
        const passed = `${one.hours} hours`;
        await this.#world.sql`update accounts.grants set expires_at = expires_at - ${passed}::interval`;
        await this.#world.sql`
          update accounts.tokens set expires_at = expires_at - ${passed}::interval, used_at = used_at - ${passed}::interval,
            created_at = created_at - ${passed}::interval`;
        // A session that was not used for a day ends.
        for (const person of people) this.#end(person, ["session"]);
        return [true, true];
      }
    }
  }

  #end(person: string, ended: readonly Credential[]): void {
    for (const credential of ended) {
      const held = this.#held.get(`${person} ${credential}`);
      if (held !== undefined) held.until = this.#model.now;
    }
  }

  async #signIn(name: string, secrets: { readonly password: string; readonly newPassword?: string }): Promise<void> {
    const gateway = serviceClient("accounts", { url: this.#world.url("accounts") });
    const body = { name, ...secrets, address: "192.0.2.1" };
    const { token } = await gateway.call(accountsRoutes.beginSession, { body });
    this.#held.set(`${name} session`, { token, id: null, limits: null, until: Number.POSITIVE_INFINITY });
  }

  async #mint(user: string, scope: "read" | "run" | "write" | "admin", days: number): Promise<void> {
    const body = { user, label: "history", scope, expiresInDays: days };
    const { token, id } = await this.#world.admin("accounts").call(accountsRoutes.createToken, { body });
    this.#held.set(`${user} ${scope}`, { token, id, limits: null, until: this.#model.now + days * 24 });
  }

  /** Makes a token that is limited to some things, on each of which its user must have a role. */
  async #mintLimited(one: Extract<Step, { do: "mint limited" }>): Promise<readonly [done: boolean, expected: boolean]> {
    const model = this.#model;
    const things = one.things.flatMap((thing): Thing[] => {
      const found = model.things.get(keyOf({ thing }));
      return found !== undefined && model.may(one.person, keyOf({ thing }), "viewer") ? [found] : [];
    });
    const body = { user: one.person, label: "limited", resources: one.things, expiresInDays: one.days };
    const done = await allowed(
      this.#world
        .admin("accounts")
        .call(accountsRoutes.createToken, { body })
        .then(({ token, id }) => {
          const until = model.now + one.days * 24;
          this.#held.set(`${one.person} limited`, { token, id, limits: new Set(things), until });
        }),
    );
    return [done, !model.disabled.has(one.person) && things.length === one.things.length];
  }

  /** Whether a credential is good, and may do what asks for a scope. */
  #may({ by }: By, needed: "read" | "write" | "admin"): boolean {
    const scopes: readonly string[] = ["read", "run", "write", "admin"];
    const scope = by.credential === "session" || by.credential === "limited" ? "admin" : by.credential;
    return this.isGood(by.person, by.credential) && scopes.indexOf(scope) >= scopes.indexOf(needed);
  }

  #through<T>({ by }: By, ask: () => T): T {
    return this.#model.through(this.#limitsOf(by), ask);
  }

  /** Whether a credential is for more than some resources: groups and offers are not among these. */
  #isUnlimited({ by }: By): boolean {
    return this.#limitsOf(by) === null;
  }

  #as({ by }: By, call: (client: HttpClient) => Promise<unknown>, service: ServiceName = "accounts"): Promise<boolean> {
    return allowed(call(this.#client(service, by.person, by.credential)));
  }

  async #claim(one: Extract<Step, { do: "claim" }>): Promise<readonly [done: boolean, expected: boolean]> {
    const model = this.#model;
    const isNew = !model.things.has(keyOf(one));
    let id = "";
    const done = await this.#as(one, async (client) => {
      ({ id } = await client.call(accountsRoutes.claimResource, { params: one.thing }));
    });
    const expected = this.#may(one, "write") && this.#through(one, () => model.claim(one.by.person, keyOf(one)));
    if (done && expected && isNew) await insertThing(this.#world.sql, one.thing, one.by.person, id);
    return [done, expected];
  }

  async #delete(thing: { readonly kind: (typeof kinds)[number]; readonly name: string }): Promise<[boolean, boolean]> {
    const { kind, name } = thing;
    const [row] = await this.#world.sql<{ id: string }[]>`
      select id from accounts.resources where kind = ${kind} and name = ${name}`;
    await deleteThing(this.#world.sql, thing);
    const catalog = serviceClient("accounts", { url: this.#world.url("accounts") }, "catalog");
    if (row !== undefined)
      await catalog.call(accountsRoutes.retireResource, { params: { id: row.id }, body: { actor: "ann" } });
    const expected = this.#model.things.has(`${kind}/${name}`);
    this.#model.retire(`${kind}/${name}`);
    return [row !== undefined, expected];
  }

  /** Who may read all of these, for who is admin of all of them. */
  async #explain(one: Extract<Step, { do: "explain" }>): Promise<readonly [done: boolean, expected: boolean]> {
    const model = this.#model;
    const body = { resources: one.datasets.map((name) => ({ kind: "dataset" as const, name })) };
    let readers: string[] = [];
    const done = await this.#as(one, async (client) => {
      const { items } = await client.call(accountsRoutes.explainAccess, { body });
      readers = items.map(({ principal }) => principal);
    });
    const keys = one.datasets.map((name) => `dataset/${name}`);
    const expected =
      this.#may(one, "read") && this.#through(one, () => keys.every((key) => model.may(one.by.person, key, "admin")));
    if (done && expected) {
      const reading = people.filter(
        (person) => !model.disabled.has(person) && keys.every((key) => model.may(person, key, "viewer")),
      );
      deepEqual(readers, ["admin", ...reading].toSorted());
    }
    return [done, expected];
  }

  /** Writes what the services write when work is done, where all of it exists. */
  async #work(one: Extract<Step, { do: "work" }>): Promise<readonly [done: boolean, expected: boolean]> {
    const model = this.#model;
    const keys = [`analysis/${one.analysis}`, ...one.datasets.map((dataset) => `dataset/${dataset}`)];
    if (one.what === "decision") keys.push(`pipeline/${one.pipeline}`);
    if (!keys.every((key) => model.things.has(key))) return [false, false];
    const datasets = one.what === "decision" ? one.datasets.slice(0, 1) : one.datasets;
    const row: Happened = { ...one, datasets, owner: one.person, id: randomUUID(), at: model.step };
    await insertHappened(this.#world.sql, row);
    model.happened.push(row);
    const same = model.happened.filter(({ what }) => what === one.what);
    const [oldest] = same;
    if (same.length <= maxRows || oldest === undefined) return [true, true];
    model.happened.splice(model.happened.indexOf(oldest), 1);
    await this.#world.sql`delete from ${this.#world.sql(tables[oldest.what])} where id = ${oldest.id}`;
    return [true, true];
  }
}

/** How somebody looks at the services. */
type Reader = { readonly clientOf: (service: ServiceName) => HttpClient; readonly limits: Limits };

type By = { readonly by: { readonly person: string; readonly credential: Credential } };
type OfThing = { readonly thing: { readonly kind: (typeof kinds)[number]; readonly name: string } };

const hourMs = 3_600_000;

const keyOf = ({ thing }: OfThing): string => `${thing.kind}/${thing.name}`;
const resourceOf = ({ thing }: OfThing) => ({ kind: thing.kind, resource: thing.name });
const passwordOf = (name: string): string => `a password of ${name}`;

/** Does something, and gives its result; false where it was refused. @throws whatever else went wrong */
export const allowed = async (work: Promise<unknown>): Promise<boolean> => {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof Problem && error.code !== "internal" && error.code !== "unavailable") return false;
    throw error;
  }
};
