import type { Arrows } from "./circles.ts";
import { ownerOf, type SourceGraph, type SourceModule } from "./source-graph.ts";

/** Files that only tests load: they may import anything, since nothing that runs depends on them. */
export const isTesting = (file: string): boolean =>
  /\.test\.ts$|\/testing\/|^tests\/|^tools\/|^examples\//.test(file) || file.includes("/documentation/");

/** Arrows between files, imports of types among them. */
export const fileArrows = (graph: SourceGraph): Arrows =>
  new Map([...graph.modules].map(([file, { arrows }]) => [file, arrows.map(({ to }) => to)]));

/**
 * Arrows between the folders directly below a package's sources (`services/scheduler/src/planning`), by their paths. Files beside the
 * folders belong to none: `index.ts` puts the parts together and others are what all of them use, which the check of files covers.
 */
export const folderArrows = (graph: SourceGraph): Arrows => {
  const folders = new Map<string, Set<string>>();
  for (const module of graph.modules.values()) {
    const from = folderOf(graph, module.file);
    if (from === undefined || isTesting(module.file)) continue;
    const found = folders.get(from) ?? new Set();
    folders.set(from, found);
    for (const { to } of module.arrows) {
      const folder = folderOf(graph, to);
      if (folder !== undefined && folder !== from && !isTesting(to) && ownerOf(to, graph.packages) === module.owner)
        found.add(folder);
    }
  }
  return folders;
};

/** Arrows between packages by what runs: tests may use packages that are built on their own. */
export const packageArrows = (graph: SourceGraph): Arrows => {
  const packages = new Map<string, Set<string>>(graph.packages.map(({ name }) => [name, new Set()]));
  for (const module of graph.modules.values())
    if (!isTesting(module.file))
      for (const name of usedPackages(graph, module))
        if (packages.has(name)) packages.get(module.owner?.name ?? "")?.add(name);
  return packages;
};

/** Packages of this repository that a module imports, by name or by path. */
export const usedPackages = (graph: SourceGraph, module: SourceModule): ReadonlySet<string> =>
  new Set(
    module.arrows.flatMap(({ to }) => {
      const owner = ownerOf(to, graph.packages);
      return owner === undefined || owner === module.owner ? [] : [owner.name];
    }),
  );

const folderOf = (graph: SourceGraph, file: string): string | undefined => {
  const root = ownerOf(file, graph.packages)?.folder ?? "";
  const sources = file.startsWith(`${root}src/`) ? `${root}src/` : root;
  const [folder, ...rest] = file.slice(sources.length).split("/");
  return rest.length === 0 ? undefined : `${sources}${folder}`;
};
