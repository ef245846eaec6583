/**
 * Prints the figures of the house: how large its files are, how much of them is comment, circles, unused dependencies, row types typed by
 * hand, and how many files three walks through the system enter. `npm run measure -- /path/to/another/checkout` measures that one.
 */
import { join, resolve } from "node:path";
import { fileArrows, folderArrows, isTesting, packageArrows } from "./arrows.ts";
import { findCircles } from "./circles.ts";
import { countRowTypes } from "./row-types.ts";
import { readSourceGraph, type SourceModule } from "./source-graph.ts";
import { measureWalks } from "./walks.ts";

const [checkout] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const root = resolve(checkout ?? join(import.meta.dirname, "..", ".."));
const graph = readSourceGraph(root);

/** What people wrote and what runs: no tests, no generated code. */
const isSource = (file: string): boolean =>
  /^(bin|console\/src|libs|services)\//.test(file) && !isTesting(file) && !/\/generated\/|\.gen\.ts$/.test(file);

const linesOf = ({ source }: SourceModule): number => source.replace(/\n$/, "").split("\n").length;

/** The value below which a share of the sorted values lies. */
const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

const print = (name: string, value: string | number): void => {
  process.stdout.write(`${name.padEnd(34)}${value}\n`);
};

const describeSizes = (name: string, modules: readonly SourceModule[]): void => {
  const sizes = modules.map(linesOf).sort((one, other) => one - other);
  const lines = sizes.reduce((sum, one) => sum + one, 0);
  const comments = modules.reduce((sum, { commentLines }) => sum + commentLines, 0);
  const small = sizes.filter((size) => size < 30).length;
  print(
    name,
    `${sizes.length} files, ${lines} lines; median ${percentile(sizes, 0.5)}, p90 ${percentile(sizes, 0.9)}, max ${sizes.at(-1) ?? 0}; ` +
      `${small} below 30 lines; ${((100 * comments) / Math.max(1, lines)).toFixed(1)} % comment lines`,
  );
};

/** Packages that a manifest declares and that no file of the package names, in an import or as a string. */
const unusedDependencies = graph.packages.flatMap(({ name, folder, declared }) => {
  const sources = [...graph.modules.values()].filter(({ owner }) => owner?.name === name).map(({ source }) => source);
  return [...declared]
    .filter((one) => !one.startsWith("@types/"))
    .filter((one) => !sources.some((text) => new RegExp(`["'\`]${one.replaceAll("/", "\\/")}["'\`/]`).test(text)))
    .map((one) => `${folder}: ${one}`);
});

const all = [...graph.modules.values()];
const sources = all.filter(({ file }) => isSource(file));
describeSizes("source", sources);
describeSizes(
  "  libs",
  sources.filter(({ file }) => file.startsWith("libs/")),
);
describeSizes(
  "  services",
  sources.filter(({ file }) => file.startsWith("services/")),
);
describeSizes(
  "  console",
  sources.filter(({ file }) => file.startsWith("console/")),
);
describeSizes(
  "tests, tools, examples",
  all.filter(({ file }) => isTesting(file)),
);
const circles = findCircles(fileArrows(graph));
print("import circles between files", circles.length);
const folders = findCircles(folderArrows(graph));
print("  between folders of a package", folders.length);
print("  between packages", findCircles(packageArrows(graph)).length);
print("declared dependencies not used", unusedDependencies.length);
const rows = countRowTypes(graph, (file) => isSource(file) && !isTesting(file));
print("row types typed by hand", `${rows.byHand}; from the tables ${rows.fromTables}`);
for (const { name, files, lines, missing } of measureWalks(graph))
  print(`files entered, ${name}`, `${files} (${lines} lines)${missing === 0 ? "" : `; ${missing} entries not found`}`);
if (process.argv.includes("--list")) {
  for (const circle of [...circles, ...folders]) process.stdout.write(`circle: ${circle.join(" <-> ")}\n`);
  for (const one of unusedDependencies) process.stdout.write(`unused: ${one}\n`);
}
