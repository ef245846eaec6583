import * as fc from "fast-check";
import { kinds, roles } from "./access-model.ts";

export const people = ["ann", "ben", "cat", "dan"] as const;
const groups = ["lab", "team", "guests"] as const;
export const names = ["one", "two", "three"] as const;

/** With what somebody acts: a session, a token of a scope, or one that is limited to some things and may do everything with these. */
export const credentials = ["session", "read", "run", "write", "admin", "limited"] as const;
export type Credential = (typeof credentials)[number];

/** What is made when work is done. */
const works = ["run", "execution", "decision", "task", "derivative"] as const;

const person = fc.constantFrom(...people);
const kind = fc.constantFrom(...kinds);
const name = fc.constantFrom(...names);
const group = fc.constantFrom(...groups);
const grantee = fc.constantFrom(...people, "everyone", ...groups.map((one) => `group:${one}` as const));
const member = fc.constantFrom(...people, ...groups.map((one) => `group:${one}` as const));
const datasets = fc.uniqueArray(name, { minLength: 1, maxLength: 2 });
/** Mostly one that may do everything, so that most steps are not refused for their credential. */
const by = fc.record({
  person,
  credential: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom("session" as const, "admin" as const) },
    { weight: 2, arbitrary: fc.constant("limited" as const) },
    { weight: 1, arbitrary: fc.constantFrom(...credentials) },
  ),
});
const thing = fc.record({ kind, name });
/** Hours until something ends by itself; null for never. */
const lasts = fc.constantFrom(null, 24, 72, 240);

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("claim" as const), by, thing }) },
  {
    weight: 7,
    arbitrary: fc.record({
      ...{ do: fc.constant("give" as const), by, thing, grantee },
      ...{ role: fc.constantFrom(...roles), lasts },
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("revoke" as const), by, thing, grantee }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("offer" as const), by, thing, to: person }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("accept" as const), by, thing }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("decline" as const), by, thing }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("hand over" as const), thing, to: person }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), thing }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("make group" as const), by, group }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("drop group" as const), by, group }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("join" as const), by, group, member }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), by, group, member }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("disable" as const),
      person,
      disabled: fc.constantFrom(true, false, false, false),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ do: fc.constant("mint" as const), person, scope: fc.constantFrom("read", "run", "write", "admin") },
      days: fc.constantFrom(1, 3, 30, 30),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...{ do: fc.constant("mint limited" as const), person, days: fc.constantFrom(1, 3, 30, 30) },
      things: fc.uniqueArray(thing, { minLength: 1, maxLength: 4, selector: ({ kind, name }) => `${kind}/${name}` }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("drop token" as const),
      person,
      credential: fc.constantFrom(...credentials),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("sign in" as const), person }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("sign out" as const), person, everywhere: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), hours: fc.constantFrom(24, 48) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("set source" as const), by, dataset: name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("save query" as const), by, query: name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("explain" as const), by, datasets }) },
  {
    weight: 7,
    arbitrary: fc.record({
      ...{ do: fc.constant("work" as const), what: fc.constantFrom(...works), person, datasets },
      ...{ analysis: name, pipeline: name },
    }),
  },
);
export type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Everything has an owner, and something happened, so that no history is about nothing. */
const beginning: readonly Step[] = [
  ...kinds.flatMap((kind) =>
    names.map((name, index) => {
      const by = { person: people[index] ?? "ann", credential: "session" } as const;
      return { do: "claim", by, thing: { kind, name } } as const satisfies Step;
    }),
  ),
  ...names.map((name, index) => {
    const person = people[index] ?? "ann";
    const things = kinds.map((kind) => ({ kind, name }));
    return { do: "mint limited", person, days: 30, things } as const satisfies Step;
  }),
  ...works.map((what) => {
    const made = { datasets: ["one" as const], analysis: "one", pipeline: "one" } as const;
    return { do: "work", what, person: "dan", ...{ ...made, datasets: [...made.datasets] } } as const satisfies Step;
  }),
];

/** A history of so many steps after its beginning. The same seed gives the same one. */
export const historyOf = (steps: number, seed: number): readonly Step[] => [
  ...beginning,
  ...fc.sample(step, { numRuns: steps, seed }),
];
