import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { refusedNames } from "./compare-with-validator.ts";

/** Where PyBIDS and the official validator are installed, and their answers are kept. */
const cacheFolder = resolve(import.meta.dirname, "../../node_modules/.cache/rollerblade-conformance");

const packages = { pybids: "pybids==0.22.0", validator: "bids-validator-deno==3.0.2" } as const;

/** Installs a peer from PyPI into a virtual environment of its own, once. @returns the folder with its commands */
const install = (peer: keyof typeof packages): string => {
  const venv = join(cacheFolder, peer);
  const done = join(venv, "installed");
  if (existsSync(done)) return join(venv, "bin");
  process.stdout.write(`Installing ${packages[peer]} into ${venv} …\n`);
  mkdirSync(cacheFolder, { recursive: true });
  execFileSync("python3", ["-m", "venv", venv]);
  execFileSync(join(venv, "bin/pip"), ["install", "--quiet", packages[peer]], { stdio: "inherit" });
  mkdirSync(done);
  return join(venv, "bin");
};

/** Whether a peer already exists. */
export const isInstalled = (peer: keyof typeof packages): boolean => existsSync(join(cacheFolder, peer, "installed"));

/** Asks PyBIDS about a dataset. @returns the file with the answer, kept for the next time */
export const askPybids = (folder: string, name: string): string => {
  const answers = join(cacheFolder, "pybids-expected");
  const answer = join(answers, `${name}.json`);
  if (existsSync(answer)) return answer;
  mkdirSync(answers, { recursive: true });
  const script = join(import.meta.dirname, "pybids_expected.py");
  execFileSync(join(install("pybids"), "python"), [script, folder, answer], { stdio: ["ignore", "ignore", "inherit"] });
  return answer;
};

/** Asks the official validator which names of a dataset it refuses, by which codes. @throws Error where it gives no answer */
export const askValidator = (folder: string): Map<string, string[]> => {
  const command = join(install("validator"), "bids-validator-deno");
  const { stdout, stderr } = spawnSync(command, ["--json", "--ignoreNiftiHeaders", folder], {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  if (!stdout.startsWith("{"))
    throw new Error(`bids-validator-deno says: ${stderr.trim().split("\n").slice(0, 3).join(" ")}`);
  return refusedNames(stdout);
};
