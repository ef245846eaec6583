import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { compareBytes } from "@rollerblade/abids";
import { Problem } from "@rollerblade/errors";

/** Not part of the code: dependencies are known by the lockfile, and the manifest by what it says. */
const known = new Set(["node_modules", ".git", "analysis.yaml", "analysis.yml"]);

/** What interpreters, test runners, editors and desktops leave in a folder by themselves. */
const leftovers = new Set([
  "__pycache__",
  ".venv",
  ".ipynb_checkpoints",
  ".pytest_cache",
  ".mypy_cache",
  ".ruff_cache",
  ".cache",
  ".Rhistory",
  ".RData",
  ".Rproj.user",
  ".idea",
  ".vscode",
  ".DS_Store",
  "Thumbs.db",
  "desktop.ini",
]);

/** The same by pattern: compiled Python, swap and backup files of vim and Emacs, files of macOS on foreign file systems. */
const leftoverPattern = /(\.py[co]|\.sw[a-p]|~)$|^\.?#.*#?$|^\._|^4913$/;

const isLeftOut = (name: string): boolean => known.has(name) || leftovers.has(name) || leftoverPattern.test(name);

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

/**
 * What identifies the code of a process: every file of its folder, the lockfile that its dependencies come from, and the
 * version of Node. Begins with `process:sha256:`.
 * @throws Problem `invalid` when there is no such folder, or it cannot be one of code
 */
export const processCode = async (folder: string): Promise<string> => {
  const hash = createHash("sha256").update(`node ${process.version}\n`);
  for (const entry of await listCode(folder)) {
    hash.update(`${entry.kind} ${JSON.stringify(entry.path)} ${await contentOf(join(folder, entry.path), entry)}\n`);
  }
  const lockfile = await lockfileOf(folder);
  if (lockfile !== null) hash.update(`lockfile ${sha256(await readFile(lockfile))}\n`);
  return `process:sha256:${hash.digest("hex")}`;
};

/** A text that stays the same as long as no file of the folder was touched; cheap enough to ask before every attempt. */
export const seenState = async (folder: string): Promise<string> => {
  const entries = await listCode(folder);
  const lockfile = await lockfileOf(folder);
  const lock = lockfile === null ? "" : seenOf(await lstat(lockfile));
  return [...entries.map(({ path, seen }) => `${path} ${seen}`), lock].join("\n");
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
    if (stats.isDirectory()) await walk(folder, path, entries);
    else if (stats.isFile() || stats.isSymbolicLink()) {
      const kind = stats.isSymbolicLink() ? "link" : (stats.mode & 0o111) === 0 ? "file" : "program";
      entries.push({ path, kind, seen: seenOf(stats), size: stats.size });
    }
  }
  const bytes = entries.reduce((sum, { size }) => sum + size, 0);
  if (entries.length > maxFiles || bytes > maxBytes) throw tooLarge(folder);
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
