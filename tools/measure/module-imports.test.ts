import { expect, test } from "vitest";
import { parseModule } from "./module-imports.ts";

const importsOf = (source: string) => parseModule("file.ts", source).imports;

test("every way to import a module is found, and whether it is erased", () => {
  expect(
    importsOf(`
import a, { type B } from "./a.ts";
import type { C } from "./c.ts";
import { type D } from "d";
import "./side-effect.ts";
export { e } from "./e.ts";
export type { F } from "./f.ts";
export * from "./all.ts";
const g = await import("./g.ts");
const h = new URL("./worker.ts", import.meta.url);
type I = { readonly i: import("./i.ts").I };
`),
  ).toEqual([
    { specifier: "./a.ts", typesOnly: false },
    { specifier: "./c.ts", typesOnly: true },
    { specifier: "d", typesOnly: true },
    { specifier: "./side-effect.ts", typesOnly: false },
    { specifier: "./e.ts", typesOnly: false },
    { specifier: "./f.ts", typesOnly: true },
    { specifier: "./all.ts", typesOnly: false },
    { specifier: "./g.ts", typesOnly: false },
    { specifier: "./worker.ts", typesOnly: false },
    { specifier: "./i.ts", typesOnly: true },
  ]);
});

test("an import in a string or in a comment is none", () => {
  expect(importsOf('// import "./a.ts";\nconst text = \'import "./b.ts";\';\n')).toEqual([]);
});

test("comments count by lines; one behind code does not", () => {
  expect(parseModule("file.ts", "/**\n * Two\n */\nconst a = 1; // no\n  // yes\n").commentLines).toBe(4);
});
