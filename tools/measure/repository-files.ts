import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** One package of the workspace, as its manifest declares it. */
export type WorkspacePackage = {
  readonly name: string;
  /** Its folder, relative to the root of the repository and with `/` at the end; the root's own is empty. */
  readonly folder: string;
  /** What it exports, by subpath (`.`, `./testing`): files relative to its folder. */
  readonly exports: ReadonlyMap<string, string>;
  /** Packages of `dependencies`, `devDependencies`, `peerDependencies` and `optionalDependencies`. */
  readonly declared: ReadonlySet<string>;
  /** Packages that Nx takes for dependencies though no import by name shows them: imports by path, programs that are started. */
  readonly implicit: ReadonlySet<string>;
};

const target = z.union([z.string(), z.record(z.string(), z.unknown())]).nullable();
const packages = z.record(z.string(), z.string()).default({});
const manifest = z.object({
  name: z.string(),
  exports: z.union([z.string(), z.record(z.string(), target)]).default({}),
  dependencies: packages,
  devDependencies: packages,
  peerDependencies: packages,
  optionalDependencies: packages,
  nx: z.object({ implicitDependencies: z.array(z.string()).default([]) }).default({ implicitDependencies: [] }),
});

/** Lists the files of a checkout that Git knows or would add, relative to its root. */
export const listFiles = (root: string): readonly string[] =>
  execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  })
    .split("\n")
    .filter((file) => file !== "" && existsSync(join(root, file)));

/** Reads the manifests of all packages of a checkout, the root's excepted. */
export const readPackages = (root: string, files: readonly string[] = listFiles(root)): readonly WorkspacePackage[] =>
  files.filter((file) => file.endsWith("/package.json")).map((file) => readPackage(root, file));

const readPackage = (root: string, file: string): WorkspacePackage => {
  const read = manifest.parse(JSON.parse(readFileSync(join(root, file), "utf8")));
  const all = { ...read.dependencies, ...read.devDependencies, ...read.peerDependencies, ...read.optionalDependencies };
  const exported = typeof read.exports === "string" ? { ".": read.exports } : read.exports;
  return {
    name: read.name,
    folder: file.slice(0, -"package.json".length),
    exports: new Map(Object.entries(exported).flatMap(([path, to]) => sourceOf(to).map((source) => [path, source]))),
    declared: new Set(Object.keys(all)),
    implicit: new Set(read.nx.implicitDependencies),
  };
};

/** The TypeScript file behind an entry of `exports`: the entry itself, or the first of its conditions that names one. */
const sourceOf = (to: z.infer<typeof target>): string[] => {
  const options = typeof to === "string" ? [to] : Object.values(to ?? {});
  return options
    .filter((one) => typeof one === "string")
    .filter((one) => /(?<!\.d)\.ts$/.test(one))
    .slice(0, 1);
};
