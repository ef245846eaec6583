import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { lstat, open, readdir, realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { faultOfContent } from "@rollerblade/abids/file-content";
import type { FoundOutput } from "@rollerblade/client";
import { askScheduler } from "./ask-scheduler.ts";
import type { StagingEnvironment } from "./environment.ts";
import { Refused, send, tokenHeaders } from "./http.ts";
import { inParallel } from "./in-parallel.ts";
import { retryFor } from "./retry.ts";

/** Seconds that the report is repeated; after that the manifest in the bucket speaks for itself. */
const reportSeconds = 60;

/** Characters of a fault that the scheduler takes. */
const maxFaultLength = 1_000;

type Answer = {
  readonly fault: string | null;
  readonly puts: readonly { readonly name: string; readonly path: string }[];
  readonly manifest: string | null;
};

/**
 * Stores what the analysis left, each content under a path that is good for its hash alone, then the manifest, and reports it last: what
 * is reported is there.
 * @throws Error when the outputs are not what was declared, which the scheduler knows then, or cannot be stored
 */
export const stageOut = async (environment: StagingEnvironment): Promise<void> => {
  const found = await findOutputs(environment.out);
  const files = found.map(({ from: _from, ...file }) => file);
  const ask = (): Promise<Answer> => askScheduler(environment, "/v1/staging/outputs", { files });
  const { fault, puts, manifest } = await ask();
  if (fault !== null || manifest === null) throw new Error(fault ?? "there is nowhere to put the manifest");
  await inParallel(puts, async ({ name, path }) => {
    const file = found.find((one) => one.name === name);
    if (file === undefined) throw new Error(`nothing was found under the name ${JSON.stringify(name)}`);
    await retryFor(environment.retrySeconds, () => putFile(environment, file.from, file.size, path));
  });
  const stored = new Set(puts.map(({ name }) => name));
  const outputs = found
    .filter(({ name }) => stored.has(name))
    .map(({ name, size, sha256 }) => ({ name, size, sha256 }));
  const report = { outcome: "succeeded", outputs };
  await retryFor(environment.retrySeconds, () => putText(environment, JSON.stringify(report), manifest));
  await askScheduler(environment, "/v1/staging/report", report, reportSeconds).catch((error: unknown) => {
    // Nobody received it; whoever looks later finds the manifest.
    if (!(error instanceof Refused) || (error.status !== 0 && error.status < 500)) throw error;
  });
};

/** Lists everything below the folder, what lies in folders by its path; whether it may lie there, the scheduler knows from the manifest. */
const findOutputs = async (root: string): Promise<Found[]> => {
  const names: string[] = [];
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const name = relative(root, join(entry.parentPath, entry.name));
    // A folder counts by what is in it; an empty one that lies among the outputs is one that nobody declared, or an empty tree.
    if (!entry.isDirectory() || (entry.parentPath === root && (await readdir(join(root, name))).length === 0))
      names.push(name);
  }
  const found: Found[] = [];
  await inParallel(names.sort(), async (name) => {
    found.push(await describe(root, name));
  });
  return found;
};

/** A thing that was found, and where it is read: of a link within a tree, what it leads to. */
type Found = FoundOutput & { readonly from: string };

const describe = async (root: string, name: string): Promise<Found> => {
  const path = join(root, name);
  const from = await placeOf(root, name);
  const stats = await lstat(from);
  const kind = stats.isFile() ? "file" : stats.isSymbolicLink() ? "link" : stats.isDirectory() ? "folder" : "other";
  if (kind !== "file") return { name, kind, size: 0, from: path };
  const hashed = await hashFile(from);
  const contentFault = await faultOf(from, name, hashed.size);
  return { name, kind, ...hashed, ...(contentFault !== undefined && { contentFault }), from };
};

/** What a link in a tree leads to, if it stays in that tree; anything else is itself. */
const placeOf = async (root: string, name: string): Promise<string> => {
  const path = join(root, name);
  const slash = name.indexOf("/");
  if (slash < 0 || !(await lstat(path)).isSymbolicLink()) return path;
  const tree = await realpath(join(root, name.slice(0, slash)));
  const target = await realpath(path).catch(() => path);
  return target.startsWith(`${tree}/`) && (await lstat(target)).isFile() ? target : path;
};

/** Whether it matters, the scheduler knows from the manifest. */
const faultOf = async (path: string, name: string, size: number): Promise<string | undefined> => {
  const file = await open(path, flags);
  const read = async (from: number, length: number): Promise<Uint8Array> => {
    const buffer = Buffer.allocUnsafe(Math.min(length, size - from));
    return buffer.subarray(0, (await file.read(buffer, 0, buffer.length, from)).bytesRead);
  };
  try {
    return (await faultOfContent({ name, size, read }))?.slice(0, maxFaultLength);
  } finally {
    await file.close();
  }
};

// Not followed and not blocking: only what is an ordinary file is read.
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const hashFile = async (path: string): Promise<{ size: number; sha256: string }> => {
  const file = await open(path, flags);
  const sha256 = createHash("sha256");
  let size = 0;
  for await (const chunk of file.createReadStream()) {
    sha256.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: `sha256:${sha256.digest("hex")}` };
};

const putFile = async (environment: StagingEnvironment, path: string, size: number, to: string): Promise<void> => {
  const file = await open(path, flags);
  const headers = { ...(await tokenHeaders(environment)), ...octets, "content-length": size };
  (await send(`${environment.url}${to}`, { method: "PUT", headers, body: file.createReadStream() })).resume();
};

const putText = async (environment: StagingEnvironment, text: string, to: string): Promise<void> => {
  const headers = { ...(await tokenHeaders(environment)), ...octets, "content-length": Buffer.byteLength(text) };
  (await send(`${environment.url}${to}`, { method: "PUT", headers, body: text })).resume();
};

const octets = { "content-type": "application/octet-stream" } as const;
