import { createHash, randomUUID } from "node:crypto";
import { copyFile, lstat, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "@rollerblade/errors";
import { buildConda } from "./build-conda.ts";
import { buildNpm, linkPackages } from "./build-npm.ts";
import { buildPython } from "./build-python.ts";
import type { Making } from "./making.ts";

/** Builds the environments that manifests name, each once. */
export type Environments = {
  /**
   * Returns the folder of the environment that a lockfile describes, building it where it is not there yet. Its programs are in `bin`.
   * @param folder of the code
   * @param lockfile its name in there: `requirements.txt`, `uv.lock`, `environment.yml` or `package-lock.json`
   * @throws Problem `invalid` when the lockfile is missing or cannot be installed; `unavailable` without the tool that builds it
   */
  environmentOf(folder: string, lockfile: string): Promise<string>;
};

type Kind = {
  /** Files beside the lockfile that it is nothing without. */
  readonly needs: readonly string[];
  /** Files beside it that count where they are there. */
  readonly uses: readonly string[];
  /** How a lockfile that is missing is written. */
  readonly advice: string;
  readonly build: (making: Making) => Promise<void>;
};

const requirementsAdvice = "Write it beside analysis.yaml, for example with `python -m pip freeze > requirements.txt`.";

/** uv and pyenv look for the version of Python in `.python-version`; `uv.toml` has settings of uv. */
const kinds: Readonly<Record<string, Kind>> = {
  "requirements.txt": {
    needs: [],
    uses: [".python-version", "uv.toml"],
    advice: requirementsAdvice,
    build: buildPython,
  },
  "uv.lock": {
    needs: ["pyproject.toml"],
    uses: [".python-version", "uv.toml"],
    advice: "Write it beside analysis.yaml with `uv lock`.",
    build: buildPython,
  },
  "environment.yml": {
    needs: [],
    uses: [],
    advice: "Write it beside analysis.yaml, for example with `conda env export > environment.yml`.",
    build: buildConda,
  },
  "package-lock.json": {
    needs: ["package.json"],
    uses: [".npmrc"],
    advice: "Write it beside analysis.yaml with `npm install`.",
    build: buildNpm,
  },
};

/**
 * Keeps environments in a folder by the hash of what they are built from. One is built beside its place and put there as a whole, so that
 * whoever finds it finds all of it; two servers that build the same one at once keep the first.
 */
export const createEnvironments = (root: string): Environments => {
  const building = new Map<string, Promise<string>>();
  const builtFor = async (folder: string, lockfile: string, kind: Kind): Promise<string> => {
    const sources = await readSources(folder, lockfile, kind);
    const place = join(root, hashOf(sources));
    if (await isThere(place)) return place;
    const begun =
      building.get(place) ?? build(root, place, folder, sources, kind).finally(() => building.delete(place));
    building.set(place, begun);
    return begun;
  };
  return {
    async environmentOf(folder, lockfile) {
      const kind = Object.hasOwn(kinds, lockfile) ? kinds[lockfile] : undefined;
      // Manifests are checked for it.
      if (kind === undefined) throw new Error(`No environment is built from ${lockfile}.`);
      const place = await builtFor(folder, lockfile, kind);
      if (lockfile === "package-lock.json") await linkPackages(folder, place);
      return place;
    },
  };
};

/** The files that an environment is built from, by name, with the lockfile first. */
type Sources = ReadonlyMap<string, string>;

const readSources = async (folder: string, lockfile: string, { needs, uses, advice }: Kind): Promise<Sources> => {
  const sources = new Map<string, string>();
  for (const name of [lockfile, ...needs]) sources.set(name, await readNeeded(folder, name, advice));
  refuseOthersFiles(lockfile, sources.get(lockfile) ?? "");
  for (const name of uses) {
    const text = await readFile(join(folder, name), "utf8").catch(() => null);
    if (text !== null) sources.set(name, text);
  }
  return sources;
};

const readNeeded = (folder: string, name: string, next: string): Promise<string> =>
  readFile(join(folder, name), "utf8").catch((cause: unknown) => {
    const message = `The environment needs ${name}, which is not in ${folder}.`;
    throw new Problem({ code: "invalid", message, subject: name, next }, { cause });
  });

/** Lines that lead to other files, in the language of each kind; `uv.lock` and `package-lock.json` hold hashes. */
const leadsAway: Readonly<Record<string, RegExp>> = {
  "requirements.txt": /^(-r|-c|-e|--requirement|--constraint|--editable)\b|^\.{0,2}\/|@\s*file:/,
  "package-lock.json": /"resolved":\s*"(file:|\.{1,2}\/)|"link":\s*true/,
  "environment.yml":
    /^-?\s*["']?(-r|-c|-e|--requirement|--constraint|--editable)\b|^-\s*["']?(\.{0,2}\/|file:)|@\s*file:/,
};

/** Refuses lines that lead to other files: their content would not be part of the hash. */
const refuseOthersFiles = (lockfile: string, text: string): void => {
  const pattern = leadsAway[lockfile];
  if (pattern === undefined) return;
  for (const [index, line] of text.split("\n").entries()) {
    const words = line.trim();
    if (!pattern.test(words)) continue;
    throw new Problem({
      code: "invalid",
      message: `${lockfile}: line ${index + 1}: "${words}" leads to another file, which an environment cannot be built from.`,
      subject: lockfile,
      next: "Write the requirement itself. Your own code belongs in the folder of the analysis.",
    });
  }
};

const hashOf = (sources: Sources): string => {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  for (const [name, text] of sources) hash.update(`${name} ${Buffer.byteLength(text)}\n${text}\n`);
  return hash.digest("hex").slice(0, 32);
};

const build = async (root: string, place: string, folder: string, sources: Sources, kind: Kind): Promise<string> => {
  const making = join(root, `making-${randomUUID()}`);
  const project = join(making, "project");
  const [lockfile = ""] = sources.keys();
  try {
    await mkdir(project, { recursive: true });
    for (const name of sources.keys()) await copyFile(join(folder, name), join(project, name));
    await kind.build({ root, place, project, lockfile });
    return place;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
};

/** Whether there is anything at a path, be it a link. */
const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
