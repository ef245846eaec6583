import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderArrows, isTesting, packageArrows, usedPackages } from "../../tools/measure/arrows.ts";
import { findCircles } from "../../tools/measure/circles.ts";
import { readSourceGraph } from "../../tools/measure/source-graph.ts";

const graph = readSourceGraph(join(import.meta.dirname, "..", ".."));

/** Modules of one package, in the order of their paths. */
const modulesOf = (name: string) => [...graph.modules.values()].filter(({ owner }) => owner?.name === name);

/** Circles between single files are refused by Biome's `noImportCycles`. */
describe("arrows run one way", () => {
  it("between the folders of each package", () => {
    expect(findCircles(folderArrows(graph))).toEqual([]);
  });

  it("between the packages", () => {
    expect(findCircles(packageArrows(graph))).toEqual([]);
  });
});

/** Nx computes what a change affects from the manifests alone, so they have to be true; `knip` finds what is declared and not used. */
describe("manifests name each package of the workspace that is imported, so that nx affected is true", () => {
  it.each(graph.packages.map((one) => [one.name, one] as const))("%s", (_name, one) => {
    const missing = modulesOf(one.name).flatMap((module) =>
      [...usedPackages(graph, module)]
        .filter((used) => !one.declared.has(used) && !one.implicit.has(used))
        .map((used) => `${module.file} imports ${used}`),
    );
    expect(missing).toEqual([]);
  });

  it("and none that is declared for Nx alone is unused or declared twice", () => {
    const needless = graph.packages.flatMap((one) => {
      const used = new Set(modulesOf(one.name).flatMap((module) => [...usedPackages(graph, module)]));
      return [...one.implicit]
        .filter((name) => !used.has(name) || one.declared.has(name))
        .map((name) => `${one.folder}package.json: nx.implicitDependencies names ${name}`);
    });
    expect(needless).toEqual([]);
  });

  it("and every module of a service or a library belongs to a package", () => {
    const homeless = [...graph.modules.values()].filter(
      ({ owner, file }) => owner === undefined && /^(libs|services|tools|bin)\//.test(file) && !isTesting(file),
    );
    expect(homeless.map(({ file }) => file)).toEqual([]);
  });
});
