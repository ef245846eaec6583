/**
 * What people may see and do, as the documentation promises it, written without a look at SQL: a history of steps is replayed in memory, and
 * every question is answered by walking through all there is.
 */
export const kinds = ["dataset", "analysis", "query", "pipeline"] as const;
export const roles = ["viewer", "runner", "contributor", "admin"] as const;
export type Role = (typeof roles)[number] | "owner";

/** Something that has a name now. */
type Thing = { owner: string; readonly bornAt: number; readonly reused: boolean; readonly grants: Map<string, Role> };

/** Something that happened, and what it tells of. */
export type Happened = {
  readonly what: "run" | "execution" | "decision" | "task";
  readonly id: string;
  readonly owner: string;
  readonly datasets: readonly string[];
  readonly analysis: string;
  readonly pipeline: string | null;
  readonly at: number;
};

export class AccessModel {
  readonly things = new Map<string, Thing>();
  /** The last owner of each name that was freed. */
  readonly retired = new Map<string, string>();
  readonly groups = new Map<string, Set<string>>();
  readonly disabled = new Set<string>();
  readonly expired = new Set<string>();
  readonly happened: Happened[] = [];
  now = 0;

  claim(person: string, key: string): boolean {
    const thing = this.things.get(key);
    if (thing !== undefined) return thing.owner === person;
    const last = this.retired.get(key);
    if (last !== undefined && last !== person) return false;
    this.things.set(key, { owner: person, bornAt: this.now, reused: last !== undefined, grants: new Map() });
    return true;
  }

  retire(key: string): void {
    const thing = this.things.get(key);
    if (thing === undefined) return;
    this.retired.set(key, thing.owner);
    this.things.delete(key);
  }

  give(person: string, key: string, grantee: string, role: Role): boolean {
    if (!this.may(person, key, "admin")) return false;
    this.things.get(key)?.grants.set(grantee, role);
    return true;
  }

  revoke(person: string, key: string, grantee: string): boolean {
    if (!this.may(person, key, person === grantee ? "viewer" : "admin")) return false;
    return this.things.get(key)?.grants.delete(grantee) ?? false;
  }

  /** The strongest role that somebody has, by themselves, by groups or with everyone. */
  roleOf(person: string, key: string): Role | undefined {
    const thing = this.things.get(key);
    if (thing === undefined) return undefined;
    if (thing.owner === person) return "owner";
    return roles.findLast((role) =>
      [...thing.grants].some(([grantee, given]) => given === role && this.#includes(grantee, person)),
    );
  }

  may(person: string, key: string, role: Role): boolean {
    const ranked: readonly Role[] = [...roles, "owner"];
    const has = this.roleOf(person, key);
    return has !== undefined && ranked.indexOf(has) >= ranked.indexOf(role);
  }

  /** Whether somebody's token is worth something. */
  signsIn(person: string): boolean {
    return !this.disabled.has(person) && !this.expired.has(person);
  }

  /** Ids of what somebody sees of one kind, in order. */
  sees(person: string, what: Happened["what"]): string[] {
    return this.happened
      .filter((one) => one.what === what && this.#seesOne(person, one))
      .map(({ id }) => id)
      .toSorted();
  }

  #seesOne(person: string, one: Happened): boolean {
    if (one.what === "run" && one.owner === person) return true;
    const told = [
      ...one.datasets.map((dataset) => `dataset/${dataset}`),
      `analysis/${one.analysis}`,
      ...(one.what === "decision" ? [`pipeline/${one.pipeline}`] : []),
    ];
    return told.every((key) => {
      const thing = this.things.get(key);
      return this.may(person, key, "viewer") && thing !== undefined && (!thing.reused || thing.bornAt <= one.at);
    });
  }

  /** Groups within groups count once. */
  #includes(grantee: string, person: string, depth = 0): boolean {
    if (grantee === "everyone" || grantee === person) return true;
    if (!grantee.startsWith("group:") || depth > 1) return false;
    return [...(this.groups.get(grantee.slice("group:".length)) ?? [])].some((member) =>
      this.#includes(member, person, depth + 1),
    );
  }
}
