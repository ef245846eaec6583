import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");

/** An exported declaration with what stands above it. Biome's format puts each at the beginning of a line. */
type Exported = {
  readonly at: string;
  readonly name: string;
  /** The text of its doc comment without the stars, or null. */
  readonly comment: string | null;
  /** The constant whose type it has: `scanFacts` of `export type ScanFacts = z.output<typeof scanFacts>`. */
  readonly typeOf: string | null;
};

const declaration =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:const|function\*?|type|interface|class|let) (\w+)(?:.*<typeof (\w+)>|.*\(typeof (\w+)\)\[number\])?/;

/** The comment that ends on a line, or null. */
const commentAbove = (lines: readonly string[], end: number): string | null => {
  if (!lines[end]?.trimEnd().endsWith("*/")) return null;
  let begin = end;
  while (begin > 0 && !lines[begin]?.startsWith("/**")) begin -= 1;
  return lines
    .slice(begin, end + 1)
    .map((line) => line.replace(/^\/\*\*|\*\/$|^ \* ?/g, "").trim())
    .join(" ")
    .trim();
};

const exportedBy = (file: string): Exported[] => {
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  return lines.flatMap((line, index) => {
    const [, name, schema, list] = declaration.exec(line) ?? [];
    if (name === undefined) return [];
    return [
      { at: `${file}:${index + 1}`, name, comment: commentAbove(lines, index - 1), typeOf: schema ?? list ?? null },
    ];
  });
};

const files = globSync("{bin,libs/*/src,services/*/src}/**/*.ts", { cwd: root }).filter(
  // `zz-planted` is what another test here writes for a moment.
  (file) => !/node_modules|zz-planted|\.test\.ts$|\/(testing|generated)\/|\.gen\.ts$/.test(file),
);
const all = files.flatMap(exportedBy);

/** The first sentence; a tag such as `@throws` begins another part. */
const firstSentence = (comment: string): string =>
  /^.*?(?:[.?!](?= |$)|(?= @)|:(?= [-*|] ))/.exec(comment)?.[0] ?? comment;

describe("what libraries and services export", () => {
  it("is found", () => expect(all.length).toBeGreaterThan(2_500));

  it("has a doc comment each, or is the type of a constant or an overload of a function that has one", () => {
    const described = new Set(all.filter(({ comment }) => comment !== null).map(({ name }) => name));
    const missing = all.filter(
      ({ comment, name, typeOf }) =>
        comment === null && !described.has(name) && !(typeOf !== null && described.has(typeOf)),
    );
    expect(missing.map(({ at, name }) => `${at} ${name}`)).toEqual([]);
  });

  it("is described by a sentence: a capital first, a full stop last, and more than its name", () => {
    const odd = all.flatMap(({ at, name, comment }) => {
      if (comment === null) return [];
      const sentence = firstSentence(comment);
      // A command or a name alone is not a sentence.
      const words = sentence.replace(/`[^`]*`/g, "").match(/\p{L}+/gu)?.length ?? 0;
      const isSentence = /^[\p{Lu}\d`"'({]/u.test(sentence) && /[.:?!…]$/.test(sentence) && words > 1;
      return isSentence ? [] : [`${at} ${name}: ${sentence}`];
    });
    expect(odd).toEqual([]);
  });
});
