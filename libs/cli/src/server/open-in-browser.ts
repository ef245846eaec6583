import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What opens an address on this platform: programs with arguments before the address. */
const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  linux: ["xdg-open"],
  win32: ["explorer"],
};

/** Milliseconds for which the page that leads on is kept: a browser that has to start first takes some seconds. */
const keepMs = 60_000;

/**
 * Opens an address with a secret in it in the person's browser. The browser is started with a page of a folder that only this user can read,
 * which leads on: the arguments of a process are seen by everybody on the machine.
 * @returns false where there is no browser to start
 */
export const openInBrowser = async (address: string): Promise<boolean> => {
  const [program, ...before] = openers[process.platform] ?? [];
  if (program === undefined) return false;
  // mkdtemp makes it for its owner alone (0700).
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-open-"));
  const page = join(folder, "open.html");
  await writeFile(page, redirectPage(address), { mode: 0o600 });
  const child = spawn(program, [...before, pathToFileURL(page).href], { stdio: "ignore", detached: true });
  const started = await Promise.race([once(child, "spawn").then(() => true), once(child, "error").then(() => false)]);
  child.unref();
  if (!started) await rm(folder, { recursive: true, force: true });
  else setTimeout(() => void rm(folder, { recursive: true, force: true }), keepMs).unref();
  return started;
};

/** A page that leads on at once. @example redirectPage("http://127.0.0.1:7700/sign-in#code=x") */
export const redirectPage = (address: string): string => {
  const url = new URL(address).href.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${url}"><title>Rollerblade</title><a href="${url}">Open Rollerblade</a>\n`;
};
