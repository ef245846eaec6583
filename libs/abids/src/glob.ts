/** Returns whether a glob matches a path as a whole. Both are bytes, one a character. */
export type Glob = (path: string) => boolean;

/** One part of a glob. `rest`: any number of characters, of a name (`*`) or of any path (`**` between slashes). */
type Part =
  | { readonly kind: "one"; readonly has: (character: string) => boolean }
  | { readonly kind: "rest"; readonly isDeep: boolean }
  /** The next two parts, a `rest` and a slash, may be left out: two stars and a slash stand for no folder, too. */
  | { readonly kind: "maybe" };

/**
 * Compiles a glob of gitignore(5): `*`, `?`, `[…]` with ranges, negation and POSIX classes, a backslash before a
 * character that stands for itself, and `**` between slashes. A `**` elsewhere is `*`. What git cannot read, such as a
 * bracket that nobody closes, matches nothing. All states are followed at once, so that no glob takes more than (parts
 * × characters) steps; the regular expressions that libraries make of globs take exponentially many.
 */
export const compileGlob = (glob: string): Glob => {
  const start = glob.search(wildcard);
  if (start < 0) return (path) => path === glob;
  const parts = readParts(glob, start);
  if (parts === null) return () => false;
  // Nearly every path is told by the text around the wildcards.
  const [head, tail] = [glob.slice(0, start), /[^*?[\]\\/]*$/.exec(glob)?.[0] ?? ""];
  return (path) => path.startsWith(head) && path.endsWith(tail) && matches(parts, path);
};

const wildcard = /[*?[\\]/;

/** `start`: of the first wildcard. Git compares what is in front of it as text, and takes what follows for a beginning. */
const readParts = (glob: string, start: number): readonly Part[] | null => {
  const parts: Part[] = [];
  for (let at = 0; at < glob.length; ) {
    const character = glob[at] ?? "";
    if (character === "*") {
      const end = at + (/^\*+/.exec(glob.slice(at))?.[0].length ?? 1);
      const isBegun = at === start || glob[at - 1] === "/";
      const isDeep = end - at > 1 && isBegun && /^($|\/|\\\/)/.test(glob.slice(end));
      if (isDeep && glob[end] === "/") parts.push({ kind: "maybe" });
      parts.push({ kind: "rest", isDeep });
      at = end;
    } else if (character === "[") {
      const read = readClass(glob, at);
      if (read === null) return null;
      parts.push({ kind: "one", has: read.has });
      at = read.end;
    } else if (character === "?") {
      parts.push({ kind: "one", has: isNoSlash });
      at++;
    } else {
      if (character === "\\") at++;
      const literal = glob[at++];
      if (literal === undefined) return null;
      parts.push({ kind: "one", has: (one) => one === literal });
    }
  }
  return parts;
};

const isNoSlash = (character: string): boolean => character !== "/";

type ReadClass = { readonly has: (character: string) => boolean; readonly end: number };

/** Reads `[…]` from its bracket on, or null where it is malformed. A slash is in no class. */
const readClass = (glob: string, from: number): ReadClass | null => {
  const isNegated = glob[from + 1] === "!" || glob[from + 1] === "^";
  const first = from + (isNegated ? 2 : 1);
  const members: ((character: string) => boolean)[] = [];
  // What a range may begin with: a character, and neither the end of a range nor a named class.
  let low: string | null = null;
  let at = first;
  // A bracket that comes first is a member.
  for (; at === first || glob[at] !== "]"; at++) {
    const named = namedClass(glob, at);
    if (named === "malformed") return null;
    if (named !== null) {
      members.push((one) => named.test(one));
      at = glob.indexOf("]", at);
      low = null;
      continue;
    }
    const isRange: boolean = glob[at] === "-" && low !== null && at + 1 < glob.length && glob[at + 1] !== "]";
    if (isRange) at++;
    if (glob[at] === "\\") at++;
    const top: string | undefined = glob[at];
    if (top === undefined) return null;
    const bottom = isRange && low !== null ? low : top;
    members.push((one) => one >= bottom && one <= top);
    low = isRange ? null : top;
  }
  return { has: (one) => one !== "/" && members.some((has) => has(one)) !== isNegated, end: at + 1 };
};

/** The class of `[:alpha:]` at a place within brackets, or null where there is none. */
const namedClass = (glob: string, at: number): RegExp | "malformed" | null => {
  if (!glob.startsWith("[:", at)) return null;
  const end = glob.indexOf("]", at + 2);
  if (end < 0) return "malformed";
  // `[:]` are three characters.
  if (end === at + 2 || glob[end - 1] !== ":") return null;
  return posixClasses.get(glob.slice(at + 2, end - 1)) ?? "malformed";
};

/** ASCII only, as git's own tables. */
const posixClasses: ReadonlyMap<string, RegExp> = new Map([
  ["alnum", /[0-9A-Za-z]/],
  ["alpha", /[A-Za-z]/],
  ["blank", /[ \t]/],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are the class.
  ["cntrl", /[\u0000-\u001f\u007f]/],
  ["digit", /[0-9]/],
  ["graph", /[!-~]/],
  ["lower", /[a-z]/],
  ["print", /[ -~]/],
  ["punct", /[!-/:-@[-`{-~]/],
  ["space", /[ \t-\r]/],
  ["upper", /[A-Z]/],
  ["xdigit", /[0-9A-Fa-f]/],
]);

/** Follows all ways through the parts at once: `states` are the parts that may come next. */
const matches = (parts: readonly Part[], path: string): boolean => {
  let states = new Set<number>();
  enter(parts, states, 0);
  for (const character of path) {
    const next = new Set<number>();
    for (const state of states) {
      const part = parts[state];
      if (part?.kind === "one" && part.has(character)) enter(parts, next, state + 1);
      if (part?.kind === "rest" && (part.isDeep || character !== "/")) enter(parts, next, state);
    }
    if (next.size === 0) return false;
    states = next;
  }
  return states.has(parts.length);
};

/** Adds a state, and those that are reached from it without a character. */
const enter = (parts: readonly Part[], states: Set<number>, state: number): void => {
  if (states.has(state)) return;
  states.add(state);
  const kind = parts[state]?.kind;
  if (kind === "rest" || kind === "maybe") enter(parts, states, state + 1);
  if (kind === "maybe") enter(parts, states, state + 3);
};
