import type { PatternNode } from "./pattern-syntax.ts";

/** `next` are the states to go on with; a `read` state goes on after one matching letter, the others at once. */
type State =
  | { readonly kind: "read"; readonly accepts: (code: number) => boolean; readonly next: number }
  | { readonly kind: "fork"; readonly next: readonly number[] }
  | { readonly kind: "start" | "end"; readonly next: number }
  | { readonly kind: "found" };

const maxStates = 4_000;

const accepting = (node: PatternNode & { kind: "set" }) => (code: number) =>
  node.ranges.some(([first, last]) => code >= first && code <= last) !== node.negated;

/** Builds backwards: each part is given the state that follows it and returns the state that begins it. */
const build = (states: State[], node: PatternNode, after: number): number => {
  const add = (state: State): number => {
    if (states.length >= maxStates) throw new Error("the repetitions multiply to too many states");
    return states.push(state) - 1;
  };
  switch (node.kind) {
    case "set":
      return add({ kind: "read", accepts: accepting(node), next: after });
    case "start":
    case "end":
      return add({ kind: node.kind, next: after });
    case "sequence":
      return node.items.reduceRight((next, item) => build(states, item, next), after);
    case "choice":
      return add({ kind: "fork", next: node.items.map((item) => build(states, item, after)) });
    case "repeat":
      return repeat(states, node, after, add);
  }
};

const repeat = (
  states: State[],
  { of, least, most }: PatternNode & { kind: "repeat" },
  after: number,
  add: (state: State) => number,
): number => {
  let begin = after;
  if (most === null) {
    begin = add({ kind: "fork", next: [] });
    states[begin] = { kind: "fork", next: [build(states, of, begin), after] };
  }
  for (let count = least; count < (most ?? least); count += 1) {
    begin = add({ kind: "fork", next: [build(states, of, begin), after] });
  }
  for (let count = 0; count < least; count += 1) begin = build(states, of, begin);
  return begin;
};

/** Adds a state and all that follow without reading; true once the end of the pattern is among them. */
const enter = (states: readonly State[], active: Set<number>, from: number, first: boolean, last: boolean): boolean => {
  const open = [from];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (active.has(index)) continue;
    active.add(index);
    const state = states[index];
    if (state?.kind === "found") return true;
    if (state?.kind === "fork") open.push(...state.next);
    if ((state?.kind === "start" && first) || (state?.kind === "end" && last)) open.push(state.next);
  }
  return false;
};

const run = (states: readonly State[], begin: number, letters: readonly number[]): boolean => {
  let active = new Set<number>();
  for (let at = 0; at <= letters.length; at += 1) {
    const last = at === letters.length;
    if (enter(states, active, begin, at === 0, last)) return true;
    const next = new Set<number>();
    for (const index of last ? [] : active) {
      const state = states[index];
      if (state?.kind !== "read" || !state.accepts(letters[at] ?? 0)) continue;
      if (enter(states, next, state.next, false, at + 1 === letters.length)) return true;
    }
    active = next;
  }
  return false;
};

/**
 * A test of texts that walks all alternatives at once and therefore never backtracks. Throws where there are too many.
 */
export const compileAutomaton = (node: PatternNode): ((text: string) => boolean) => {
  const states: State[] = [{ kind: "found" }];
  const begin = build(states, node, 0);
  return (text) =>
    run(
      states,
      begin,
      Array.from(text, (letter) => letter.codePointAt(0) ?? 0),
    );
};
