import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { compareBytes } from "@rollerblade/abids";
import { Problem } from "@rollerblade/errors";
import { describePython, pythonState } from "./python-interpreter.ts";

/** Not part of the code: dependencies are known by the lockfile, and the manifest by what it says. */
const known = new Set(["node_modules", ".git", "analysis.yaml", "analysis.yml"]);

/** What interpreters, test runners, editors and desktops leave in a folder by themselves. */
const leftovers = new Set([
  "__pycache__",
  ".venv",
  "__pypackages__",
  ".ipynb_checkpoints",
  ".pytest_cache",
  ".mypy_cache",
  ".ruff_cache",
  ".hypothesis",
  ".tox",
  ".nox",
  ".eggs",
  ".coverage",
  ".pixi",
  ".snakemake",
  ".nextflow",
  ".nextflow.log",
  ".cache",
  "nohup.out",
  "wandb",
  "mlruns",
  "dask-worker-space",
  ".Rhistory",
  ".RData",
  ".Rproj.user",
  ".idea",
  ".vscode",
  ".DS_Store",
  "Thumbs.db",
  "desktop.ini",
]);

/** The same by pattern: compiled Python, logs, crash files of Nipype, swap and backup files of vim and Emacs, files of macOS on foreign file systems. */
const leftoverPattern = /(\.py[co]|\.sw[a-p]|~|\.log)$|^crash-.*\.(pklz|txt)$|^\.?#.*#?$|^\._|^4913$/;

/** Whether a file or folder of this name is not code, wherever it lies. */
export const isLeftOut = (name: string): boolean =>
  known.has(name) || leftovers.has(name) || leftoverPattern.test(name);

/** Most files and bytes of a folder of code; more is surely the wrong folder. */
const maxFiles = 10_000;
const maxBytes = 512 * 1024 * 1024;

/** One entry of a folder of code: what it is, and the state in which it was seen. */
type Entry = {
  readonly path: string;
  readonly kind: "file" | "program" | "link";
  readonly seen: string;
  readonly size: number;
};

/** One thing that the identity of code is made from. */
type CodePart = {
  /** What it is called for people: `main.py`, `Node`, `the Python package nibabel`. */
  readonly name: string;
  /** Its version for people; null for a file. */
  readonly version: string | null;
  /** What goes into the hash. */
  readonly line: string;
};

/** The parts of code that was identified of late, by its identity, so that a change can be named. It is forgotten with the process. */
const identified = new Map<string, readonly CodePart[]>();

/** Each holds a line for every file of a folder. */
const maxIdentified = 200;

/**
 * What identifies the code of a process: every file of its folder, the lockfile that its dependencies come from, the version of Node,
 * and the version and packages of the Python interpreter that it is started with. Begins with `process:sha256:`.
 * @param python path of that interpreter; null where the code is started by something else
 * @throws Problem `invalid` when there is no such folder, or it cannot be one of code
 */
export const processCode = async (folder: string, python: string | null = null): Promise<string> => {
  const parts = await readParts(folder, python);
  const hash = createHash("sha256");
  for (const { line } of parts) hash.update(`${line}\n`);
  const code = `process:sha256:${hash.digest("hex")}`;
  identified.delete(code);
  identified.set(code, parts);
  const [oldest] = identified.keys();
  if (identified.size > maxIdentified && oldest !== undefined) identified.delete(oldest);
  return code;
};

const readParts = async (folder: string, python: string | null): Promise<CodePart[]> => {
  const parts: CodePart[] = [{ name: "Node", version: process.version, line: `node ${process.version}` }];
  for (const entry of await listCode(folder)) {
    const content = await contentOf(join(folder, entry.path), entry);
    parts.push({ name: entry.path, version: null, line: `${entry.kind} ${JSON.stringify(entry.path)} ${content}` });
  }
  const lockfile = await lockfileOf(folder);
  if (lockfile !== null)
    parts.push({ name: lockfile, version: null, line: `lockfile ${sha256(await readFile(lockfile))}` });
  if (python === null) return parts;
  const { version, packages } = await describePython(python);
  parts.push({ name: "Python", version, line: `python ${version}` });
  for (const [name, at] of Object.entries(packages).sort(([a], [b]) => compareBytes(a, b)))
    parts.push({ name: packageName(name), version: at, line: `package ${JSON.stringify([name, at])}` });
  return parts;
};

const packageName = (name: string): string =>
  name.startsWith("conda:") ? `the conda package ${name.slice("conda:".length)}` : `the Python package ${name}`;

/** Names of changed parts that a message holds; more are counted. */
const maxNamed = 3;

/** Names what differs between two identities. Example: `helpers.py is new`; null when one of them was not identified here. */
export const changeBetween = (before: string, after: string): string | null => {
  const [old, now] = [identified.get(before), identified.get(after)];
  if (old === undefined || now === undefined) return null;
  const was = new Map(old.map((part) => [part.name, part]));
  const is = new Map(now.map((part) => [part.name, part]));
  const changes = [...new Set([...was.keys(), ...is.keys()])].flatMap((name) => {
    const [one, other] = [was.get(name), is.get(name)];
    if (one?.line === other?.line) return [];
    if (one === undefined) return [`${name} is new`];
    if (other === undefined) return [`${name} is gone`];
    return [other.version === null ? `${name} has changed` : `${name} was ${one.version} and is ${other.version}`];
  });
  const more = changes.length - maxNamed;
  return [...changes.slice(0, maxNamed), ...(more > 0 ? [`${more} more`] : [])].join(", ");
};

/** A text that stays the same as long as nothing of the code was touched; cheap enough to ask before every attempt. */
export const seenState = async (folder: string, python: string | null = null): Promise<string> => {
  const entries = await listCode(folder);
  const lockfile = await lockfileOf(folder);
  const lock = lockfile === null ? "" : seenOf(await lstat(lockfile));
  const interpreter = python === null ? "" : await pythonState(python);
  return [...entries.map(({ path, seen }) => `${path} ${seen}`), lock, interpreter].join("\n");
};

/** The file of the folder that was touched last, relative to it; null when there is none. */
export const latestFile = async (folder: string): Promise<string | null> => {
  let latest: { readonly path: string; readonly at: number } | null = null;
  for (const { path } of await listCode(folder)) {
    const { mtimeMs, ctimeMs } = await lstat(join(folder, path));
    const at = Math.max(mtimeMs, ctimeMs);
    if (latest === null || at > latest.at) latest = { path, at };
  }
  return latest?.path ?? null;
};

const listCode = async (folder: string, below = ""): Promise<Entry[]> => {
  const entries: Entry[] = [];
  await walk(folder, below, entries);
  return entries.sort((a, b) => compareBytes(a.path, b.path));
};

const walk = async (folder: string, below: string, entries: Entry[]): Promise<void> => {
  const found = await readdir(join(folder, below), { withFileTypes: true }).catch((cause: unknown) => {
    throw noFolder(folder, cause);
  });
  for (const { name } of found) {
    if (isLeftOut(name)) continue;
    const path = below === "" ? name : `${below}/${name}`;
    const stats = await lstat(join(folder, path));
    if (stats.isDirectory() && (await isEnvironment(join(folder, path)))) continue;
    if (stats.isDirectory()) await walk(folder, path, entries);
    else if (stats.isFile() || stats.isSymbolicLink()) {
      const kind = stats.isSymbolicLink() ? "link" : (stats.mode & 0o111) === 0 ? "file" : "program";
      entries.push({ path, kind, seen: seenOf(stats), size: stats.size });
    }
  }
  const bytes = entries.reduce((sum, { size }) => sum + size, 0);
  if (entries.length > maxFiles || bytes > maxBytes) throw tooLarge(folder);
};

/** Whether a folder is a virtual environment of Python (PEP 405) or one of conda, whatever its name. */
const isEnvironment = async (folder: string): Promise<boolean> => {
  const marks = ["pyvenv.cfg", "conda-meta"].map((name) => lstat(join(folder, name)).catch(() => null));
  return (await Promise.all(marks)).some((mark) => mark !== null);
};

const seenOf = ({
  ino,
  size,
  mtimeMs,
  ctimeMs,
  mode,
}: {
  ino: number;
  size: number;
  mtimeMs: number;
  ctimeMs: number;
  mode: number;
}): string => [ino, size, mtimeMs, ctimeMs, mode].join(":");

const contentOf = async (path: string, { kind }: Entry): Promise<string> =>
  kind === "link" ? JSON.stringify(await readlink(path)) : sha256(await readFile(path));

const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");

/** The nearest lockfile above code that declares dependencies; one in the folder itself is part of it anyway. */
const lockfileOf = async (folder: string): Promise<string | null> => {
  if (!(await hasDependencies(folder))) return null;
  for (let at = folder; ; at = dirname(at)) {
    const lockfile = join(at, "package-lock.json");
    if (await lstat(lockfile).catch(() => null)) return at === folder ? null : lockfile;
    if (dirname(at) === at) return null;
  }
};

const hasDependencies = async (folder: string): Promise<boolean> => {
  const text = await readFile(join(folder, "package.json"), "utf8").catch(() => "{}");
  try {
    const parsed: { dependencies?: object } = JSON.parse(text);
    return Object.keys(parsed.dependencies ?? {}).length > 0;
  } catch {
    return true;
  }
};

const noFolder = (folder: string, cause: unknown): Problem =>
  new Problem(
    {
      code: "invalid",
      message: `The folder of the code, ${folder}, cannot be read.`,
      subject: folder,
      next: "Give the absolute path of the folder that holds analysis.yaml.",
    },
    { cause },
  );

const tooLarge = (folder: string): Problem =>
  new Problem({
    code: "too-large",
    message: `${folder} holds more than ${maxFiles} files or ${maxBytes / 2 ** 20} MiB, too much for the code of an analysis.`,
    subject: folder,
    next: "Keep data out of the folder of the code.",
  });
