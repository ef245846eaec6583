import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { pages, repository } from "./pages.ts";

const isExternal = (target: string): boolean => /^[a-z]+:/.test(target);

test.each(pages.map((page) => [page.file, page] as const))("links of %s lead somewhere", (file, page) => {
  const dead = page.links.flatMap(({ target, anchor, line }) => {
    if (isExternal(target)) return [];
    const path = target === "" ? file : normalize(join(dirname(file), target));
    if (!existsSync(join(repository, path))) return [`line ${line}: there is no ${path}`];
    const anchors = pages.find((other) => other.file === path)?.anchors;
    return anchor === "" || anchors === undefined || anchors.has(anchor)
      ? []
      : [`line ${line}: ${path} has no #${anchor}`];
  });
  expect(dead).toEqual([]);
});

test.each(pages.map((page) => [page.file, page] as const))(
  "blocks of code in %s are fenced and name their language",
  (_file, page) => {
    expect(page.indented).toEqual([]);
    expect(page.blocks.filter(({ language }) => language === "").map(({ line }) => line)).toEqual([]);
  },
);
