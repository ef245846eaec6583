/**
 * What people may see and do, as the documentation promises it, written without a look at SQL: a history of steps is replayed in memory, and
 * every question is answered by walking through all there is.
 */
export const kinds = ["dataset", "analysis", "query", "pipeline", "asset"] as const;
export const roles = ["viewer", "runner", "contributor", "admin"] as const;
export type Role = (typeof roles)[number] | "owner";

/** A role that was given; `until` is an hour of the model's clock, null for never. */
type Given = { readonly role: Role; readonly until: number | null };

/** Something that has a name now. */
export type Thing = {
  owner: string;
  readonly bornAt: number;
  readonly reused: boolean;
  readonly grants: Map<string, Given>;
};

/** A group; `group:NAME` stands for it among its members and grantees. */
type Group = { readonly owner: string; readonly members: Set<string> };

/** Something that happened, and what it tells of. */
export type Happened = {
  readonly what: "run" | "execution" | "decision" | "task" | "derivative";
  readonly id: string;
  readonly owner: string;
  readonly datasets: readonly string[];
  readonly analysis: string;
  readonly pipeline: string | null;
  readonly at: number;
};

/** What a token is limited to: things themselves, whatever has their names later. Null where it is good for everything. */
export type Limits = ReadonlySet<Thing> | null;

export class AccessModel {
  #limits: Limits = null;
  readonly things = new Map<string, Thing>();
  /** The last owner of each name that was freed. */
  readonly retired = new Map<string, string>();
  readonly groups = new Map<string, Group>();
  readonly disabled = new Set<string>();
  /** Offers to change an owner, by what is offered. */
  readonly offers = new Map<string, { readonly by: string; readonly to: string }>();
  readonly happened: Happened[] = [];
  /** Counts steps, so that of two things one is earlier. */
  step = 0;
  /** The hour. */
  now = 0;

  /** Answers a question, or does something, as through a token with limits. */
  through<T>(limits: Limits, ask: () => T): T {
    const before = this.#limits;
    this.#limits = limits;
    try {
      return ask();
    } finally {
      this.#limits = before;
    }
  }

  claim(person: string, key: string): boolean {
    const thing = this.things.get(key);
    if (this.#limits !== null && (thing === undefined || !this.#limits.has(thing))) return false;
    if (thing !== undefined) return thing.owner === person;
    const last = this.retired.get(key);
    if (last !== undefined && last !== person) return false;
    this.things.set(key, { owner: person, bornAt: this.step, reused: last !== undefined, grants: new Map() });
    return true;
  }

  /** Deletes something: its name goes back to its last owner; what was made from a dataset goes with it. */
  retire(key: string): void {
    const thing = this.things.get(key);
    if (thing === undefined) return;
    this.retired.set(key, thing.owner);
    this.things.delete(key);
    this.offers.delete(key);
    const gone = this.happened.filter(
      ({ what, datasets }) => what === "derivative" && datasets.some((dataset) => key === `dataset/${dataset}`),
    );
    for (const one of gone) this.happened.splice(this.happened.indexOf(one), 1);
  }

  give(person: string, key: string, grantee: string, given: Given): boolean {
    if (!this.may(person, key, "admin") || (grantee.startsWith("group:") && !this.groups.has(groupOf(grantee))))
      return false;
    this.things.get(key)?.grants.set(grantee, given);
    return true;
  }

  revoke(person: string, key: string, grantee: string): boolean {
    if (!this.may(person, key, person === grantee ? "viewer" : "admin")) return false;
    return this.things.get(key)?.grants.delete(grantee) ?? false;
  }

  /** Offers to make somebody the owner; for the owner. */
  offer(person: string, key: string, to: string): boolean {
    const thing = this.things.get(key);
    if (thing?.owner !== person || this.disabled.has(to)) return false;
    if (to !== person) this.offers.set(key, { by: person, to });
    return true;
  }

  accept(person: string, key: string): boolean {
    const thing = this.things.get(key);
    if (thing === undefined || this.offers.get(key)?.to !== person) return false;
    thing.owner = person;
    this.offers.delete(key);
    return true;
  }

  /** Declines an offer, or takes it back. */
  decline(person: string, key: string): boolean {
    const offer = this.offers.get(key);
    return (offer?.to === person || offer?.by === person) && this.offers.delete(key);
  }

  /** What an administrator does at once. */
  handOver(key: string, to: string): boolean {
    const thing = this.things.get(key);
    if (thing === undefined || this.disabled.has(to)) return false;
    if (thing.owner !== to) this.offers.delete(key);
    thing.owner = to;
    return true;
  }

  makeGroup(person: string, name: string): boolean {
    if (this.groups.has(name)) return false;
    this.groups.set(name, { owner: person, members: new Set() });
    return true;
  }

  /** Deletes a group, with what was granted to it. */
  dropGroup(person: string, name: string): boolean {
    if (this.groups.get(name)?.owner !== person) return false;
    this.groups.delete(name);
    for (const { members } of this.groups.values()) members.delete(`group:${name}`);
    for (const { grants } of this.things.values()) grants.delete(`group:${name}`);
    return true;
  }

  join(person: string, name: string, member: string): boolean {
    const group = this.groups.get(name);
    if (group?.owner !== person) return false;
    if (member.startsWith("group:") ? !this.#mayNest(person, name, groupOf(member)) : this.disabled.has(member))
      return false;
    group.members.add(member);
    return true;
  }

  /** Takes a member out; for the owner, and for who leaves. */
  leave(person: string, name: string, member: string): boolean {
    const group = this.groups.get(name);
    return (group?.owner === person || member === person) && (group?.members.delete(member) ?? false);
  }

  /** Groups that somebody owns or is in. */
  groupsOf(person: string): string[] {
    return [...this.groups]
      .filter(([name]) => this.#knows(person, name))
      .map(([name]) => name)
      .toSorted();
  }

  /** The strongest role that somebody has, by themselves, by groups or with everyone. */
  roleOf(person: string, key: string): Role | undefined {
    const thing = this.things.get(key);
    if (thing === undefined || this.#limits?.has(thing) === false) return undefined;
    if (thing.owner === person) return "owner";
    return roles.findLast((role) =>
      [...thing.grants].some(
        ([grantee, given]) =>
          given.role === role && (given.until === null || given.until > this.now) && this.#includes(grantee, person),
      ),
    );
  }

  may(person: string, key: string, role: Role): boolean {
    const ranked: readonly Role[] = [...roles, "owner"];
    const has = this.roleOf(person, key);
    return has !== undefined && ranked.indexOf(has) >= ranked.indexOf(role);
  }

  /** Names of one kind that somebody may read. */
  readable(person: string, kind: (typeof kinds)[number]): string[] {
    return [...this.things.keys()]
      .filter((key) => key.startsWith(`${kind}/`) && this.may(person, key, "viewer"))
      .map((key) => key.slice(kind.length + 1))
      .toSorted();
  }

  /** Ids of what somebody sees of one kind, in order. */
  sees(person: string, what: Happened["what"]): string[] {
    return this.happened
      .filter((one) => one.what === what && this.#seesOne(person, one))
      .map(({ id }) => id)
      .toSorted();
  }

  #seesOne(person: string, one: Happened): boolean {
    if (one.what === "run" && one.owner === person && this.#limits === null) return true;
    const told = [
      ...one.datasets.map((dataset) => `dataset/${dataset}`),
      // A derivative lies among the data, whatever made it.
      ...(one.what === "derivative" ? [] : [`analysis/${one.analysis}`]),
      ...(one.what === "decision" ? [`pipeline/${one.pipeline}`] : []),
    ];
    return told.every((key) => {
      const thing = this.things.get(key);
      return this.may(person, key, "viewer") && thing !== undefined && (!thing.reused || thing.bornAt <= one.at);
    });
  }

  #knows(person: string, name: string): boolean {
    return this.groups.get(name)?.owner === person || this.#includes(`group:${name}`, person);
  }

  /** Groups are nested once: a group of people into one that is in no other. */
  #mayNest(person: string, into: string, name: string): boolean {
    const group = this.groups.get(name);
    if (group === undefined || into === name || !this.#knows(person, name)) return false;
    const holdsGroups = [...group.members].some((member) => member.startsWith("group:"));
    const isNested = [...this.groups.values()].some(({ members }) => members.has(`group:${into}`));
    return !holdsGroups && !isNested;
  }

  /** Groups within groups count once. */
  #includes(grantee: string, person: string, depth = 0): boolean {
    if (grantee === "everyone" || grantee === person) return true;
    if (!grantee.startsWith("group:") || depth > 1) return false;
    return [...(this.groups.get(groupOf(grantee))?.members ?? [])].some((member) =>
      this.#includes(member, person, depth + 1),
    );
  }
}

const groupOf = (grantee: string): string => grantee.slice("group:".length);
