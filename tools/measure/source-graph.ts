import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { type ParsedModule, parseModule } from "./module-imports.ts";
import { listFiles, readPackages, type WorkspacePackage } from "./repository-files.ts";

/** One arrow of the graph: a file of this repository that another imports. */
export type Arrow = { readonly to: string; readonly typesOnly: boolean };

/** One module with what it imports, sorted by where that is. */
export type SourceModule = ParsedModule & {
  readonly file: string;
  readonly source: string;
  readonly owner: WorkspacePackage | undefined;
  /** Modules of this repository. */
  readonly arrows: readonly Arrow[];
  /** Packages named in imports, those of this repository among them; Node's own modules are not. */
  readonly packages: ReadonlySet<string>;
};

/** The modules of a checkout, by path, and its packages. */
export type SourceGraph = {
  readonly root: string;
  readonly modules: ReadonlyMap<string, SourceModule>;
  readonly packages: readonly WorkspacePackage[];
};

const isModule = (file: string): boolean => /\.(tsx?|mts|js|mjs)$/.test(file) && !file.endsWith(".d.ts");

/** Parses every module of a checkout and resolves what each imports: by path, or by the name of a package of the workspace. */
export const readSourceGraph = (root: string): SourceGraph => {
  const files = listFiles(root);
  const packages = readPackages(root, files);
  const known = new Set(files);
  const read = (file: string): SourceModule => {
    const source = readFileSync(join(root, file), "utf8");
    const parsed = parseModule(file, source);
    const arrows = parsed.imports.flatMap(({ specifier, typesOnly }) => {
      const to = resolve(file, specifier, packages);
      return to !== undefined && known.has(to) ? [{ to, typesOnly }] : [];
    });
    const named = parsed.imports.flatMap(({ specifier }) => packageOf(specifier));
    return { ...parsed, file, source, owner: ownerOf(file, packages), arrows, packages: new Set(named) };
  };
  return { root, packages, modules: new Map(files.filter(isModule).map((file) => [file, read(file)])) };
};

/** The package that a file belongs to: the one with the deepest folder around it. */
export const ownerOf = (file: string, packages: readonly WorkspacePackage[]): WorkspacePackage | undefined =>
  packages
    .filter(({ folder }) => file.startsWith(folder))
    .sort((one, other) => other.folder.length - one.folder.length)
    .at(0);

/** The package that a specifier names: `@scope/name` of `@scope/name/sub/path`. */
const packageOf = (specifier: string): string[] => {
  if (/^(\.|\/|node:|file:|data:|#)/.test(specifier)) return [];
  return [
    specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/"),
  ];
};

const resolve = (file: string, specifier: string, packages: readonly WorkspacePackage[]): string | undefined => {
  if (specifier.startsWith(".")) return normalize(join(dirname(file), specifier));
  const owner = packages.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
  const target = owner?.exports.get(`.${specifier.slice(owner.name.length)}`);
  return owner === undefined || target === undefined ? undefined : normalize(join(owner.folder, target));
};
