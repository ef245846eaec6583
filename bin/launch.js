#!/usr/bin/env node
// The start of the command line, published and in a checkout. It is plain JavaScript for any Node.js since 20: where that is older than
// 24, which the program needs, the program runs with the Node.js 24 that was installed beside it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const beside = (name) => fileURLToPath(new URL(name, import.meta.url));

/** The bundle of the package, or the source of the checkout. */
const program = [beside("./rollerblade.js"), beside("./rollerblade.ts")].find(existsSync);

/** The Node.js 24 of an npm package: of the one for this platform, or in a checkout of `node` itself; null where there is none. */
const installedNode = () => {
  const { resolve } = createRequire(import.meta.url);
  for (const name of [`node-${process.platform}-${process.arch}`, "node"]) {
    try {
      const node = join(dirname(resolve(`${name}/package.json`)), "bin/node");
      if (existsSync(node)) return node;
    } catch {
      // It is not installed.
    }
  }
  return null;
};

if (Number(process.versions.node.split(".")[0]) >= 24) {
  process.argv[1] = program;
  await import(pathToFileURL(program).href);
} else {
  const node = installedNode();
  if (node === null) {
    console.error(`Error: Rollerblade needs Node.js 24, and this is ${process.version}.`);
    console.error("Next: Install Node.js 24 or newer, or install rollerblade again with its optional packages.");
    process.exit(1);
  }
  const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal sends Ctrl-C to the program, too. Whoever sends a signal to this process alone means the program.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => void (signal === "SIGINT" && process.stdin.isTTY ? true : child.kill(signal)));
  child.once("error", (error) => {
    console.error(`Error: ${node} cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.once("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
