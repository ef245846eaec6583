import { expect, test } from "vitest";
import { importFromDeclarations, readBarrel } from "./barrels.ts";

const index = `// What others may use.
export { type Page, pageThrough, readAll } from "./pages.ts";
export type { Route } from "./route.ts";
export { first as begin } from "./parts/first.ts";
`;
const barrels = new Map([["@rollerblade/client", readBarrel("/libs/client/src/index.ts", index) ?? new Map()]]);

test("what an index passes on is imported from the files that declare it", () => {
  const source = `import { z } from "zod";
import { type Page, readAll as all, begin } from "@rollerblade/client";
import {
  pageThrough,
  type Route,
} from "@rollerblade/client";
import type { Route as Other } from "@rollerblade/client";
`;
  expect(importFromDeclarations(source, barrels)).toBe(`import { z } from "zod";
import { readAll as all } from "/libs/client/src/pages.ts"; import { first as begin } from "/libs/client/src/parts/first.ts";
import { pageThrough as pageThrough } from "/libs/client/src/pages.ts";
import type { Route as Other } from "@rollerblade/client";
`);
});

test("an index that declares something itself is left alone", () => {
  expect(readBarrel("/libs/x/src/index.ts", `${index}export const own = 1;\n`)).toBeNull();
  const source = 'import { own } from "@rollerblade/x";';
  expect(importFromDeclarations(source, barrels)).toBe(source);
});

test("a name that the index does not have is refused", () => {
  expect(() => importFromDeclarations('import { gone } from "@rollerblade/client";', barrels)).toThrow(
    "@rollerblade/client does not export gone.",
  );
});
