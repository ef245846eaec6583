import { z } from "zod";

const texts = z.record(z.string(), z.string());

/** The part of a package.json that publishing reads. */
export const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string().default(""),
  license: z.string().default(""),
  /** A path, or paths by subpath. Packages of others may also have conditions here, which nobody reads. */
  exports: z.union([z.string(), texts]).catch({}).default({}),
  dependencies: texts.default({}),
  devDependencies: texts.default({}),
});

/** A package.json. */
export type Manifest = Readonly<z.output<typeof manifestSchema>>;

/** How a published manifest differs from the workspace's. */
export type Publishing = {
  /** The range of Node versions. */
  readonly node: string;
  /** Dependencies that travel inside the tarball. */
  readonly bundled: readonly string[];
  /** The version of each package of this workspace by name, which takes the place of `*`. */
  readonly versions: ReadonlyMap<string, string>;
};

/**
 * Turns the manifest of a workspace package, whose exports are TypeScript sources, into the one that is published: exports are the
 * compiled files with their types, dependencies have versions, nothing is private.
 * @example "./src/index.ts" becomes { types: "./dist/index.d.ts", default: "./dist/index.js" }
 * @throws Error for a dependency on a package of this workspace that is not published
 */
export const publishedManifest = (manifest: Manifest, { node, bundled, versions }: Publishing): object => ({
  name: manifest.name,
  version: manifest.version,
  description: manifest.description,
  license: manifest.license,
  type: "module",
  sideEffects: false,
  engines: { node },
  exports: { ...compiledExports(manifest.exports), "./package.json": "./package.json" },
  files: ["dist"],
  dependencies: pinned(manifest, versions),
  ...(bundled.length === 0 ? {} : { bundleDependencies: [...bundled] }),
  publishConfig: { access: "public" },
});

/** The sources that a manifest exports, without their `./src/`: what tsc is to begin with. */
export const exportedSources = ({ exports }: Pick<Manifest, "exports">): string[] =>
  Object.values(published(exports)).map(sourceOf);

/** Exports by subpath, without `./testing`: that starts the servers of this repository's tests. */
const published = (exports: Manifest["exports"]): Record<string, string> => {
  const { "./testing": _, ...rest } = typeof exports === "string" ? { ".": exports } : exports;
  return rest;
};

const compiledExports = (exports: Manifest["exports"]): Record<string, object> =>
  Object.fromEntries(
    Object.entries(published(exports)).map(([path, source]) => {
      const name = sourceOf(source).replace(/\.ts$/, "");
      return [path, { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` }];
    }),
  );

const sourceOf = (path: string): string => {
  if (!/^\.\/src\/.+\.ts$/.test(path)) throw new Error(`${path} is exported and lies not in ./src/`);
  return path.slice("./src/".length);
};

const pinned = ({ name, dependencies }: Manifest, versions: ReadonlyMap<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(dependencies).map(([dependency, range]) => {
      if (!dependency.startsWith("@rollerblade/")) return [dependency, range];
      const version = versions.get(dependency);
      if (version === undefined) throw new Error(`${name} is published and needs ${dependency}, which is not.`);
      return [dependency, version];
    }),
  );
