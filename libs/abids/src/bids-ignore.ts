/** Returns whether `.bidsignore` excludes a path, relative to the dataset. */
export type Ignore = (path: string) => boolean;

/**
 * Reads `.bidsignore`: the patterns of gitignore (`*`, `?`, `**`, `[…]`, a leading `!`, a closing `/`), the last match
 * wins.
 */
export const readBidsIgnore = (text: string): Ignore => {
  const patterns = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .flatMap(readPattern);
  if (patterns.length === 0) return () => false;
  return (path) => {
    const segments = path.split("/");
    let ignored = false;
    for (const pattern of patterns) if (matches(pattern, segments)) ignored = !pattern.negated;
    return ignored;
  };
};

type Pattern = { readonly negated: boolean; readonly folderOnly: boolean; readonly segments: readonly string[] };

const readPattern = (line: string): Pattern[] => {
  const trimmed = line.trimEnd();
  if (trimmed === "" || trimmed.startsWith("#")) return [];
  const negated = trimmed.startsWith("!");
  const glob = negated ? trimmed.slice(1) : trimmed;
  const folderOnly = glob.endsWith("/");
  const body = folderOnly ? glob.slice(0, -1) : glob;
  // A pattern without a slash inside it holds at every level.
  const anchored = body.includes("/");
  const segments = body.replace(/^\//, "").split("/");
  return [{ negated, folderOnly, segments: anchored ? segments : ["**", ...segments] }];
};

/** A pattern that matches a folder matches all that is in it. */
const matches = ({ segments, folderOnly }: Pattern, path: readonly string[]): boolean => {
  for (let length = folderOnly ? path.length - 1 : path.length; length > 0; length--) {
    if (globMatches(segments, path.slice(0, length), "**", segmentMatches)) return true;
  }
  return false;
};

const segmentMatches = (pattern: string, name: string): boolean =>
  globMatches(tokens(pattern), [...name], "*", (token, character) => {
    if (token === "?") return true;
    return token.length > 1 ? inClass(token, character) : token === character;
  });

const tokens = (pattern: string): readonly string[] => pattern.match(/\[[!^]?\]?[^\]]*\]|./gsu) ?? [];

const inClass = (token: string, character: string): boolean => {
  const negated = token[1] === "!" || token[1] === "^";
  const body = [...token.slice(negated ? 2 : 1, -1)];
  let found = false;
  for (let at = 0; at < body.length; at++) {
    const from = body[at] ?? "";
    const isRange = body[at + 1] === "-" && at + 2 < body.length;
    const to = isRange ? (body[at + 2] ?? "") : from;
    if (isRange) at += 2;
    if (character >= from && character <= to) found = true;
  }
  return found !== negated;
};

/** Wildcards by returning to the last star only, so that no pattern takes more than (pattern × text) steps. */
const globMatches = <Token>(
  pattern: readonly Token[],
  text: readonly string[],
  star: Token,
  equal: (token: Token, item: string) => boolean,
): boolean => {
  let [at, item, starAt, starItem] = [0, 0, -1, 0];
  while (item < text.length) {
    const token = pattern[at];
    const current = text[item] ?? "";
    if (token === star && at < pattern.length) {
      starAt = at++;
      starItem = item;
    } else if (token !== undefined && equal(token, current)) {
      at++;
      item++;
    } else if (starAt >= 0) {
      at = starAt + 1;
      item = ++starItem;
    } else return false;
  }
  while (pattern[at] === star && at < pattern.length) at++;
  return at === pattern.length;
};
