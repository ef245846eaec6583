import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { StagedInput } from "@rollerblade/client";
import { askScheduler } from "./ask-scheduler.ts";
import type { StagingEnvironment } from "./environment.ts";
import { Refused, send, tokenHeaders } from "./http.ts";
import { inParallel } from "./in-parallel.ts";
import { retryFor } from "./retry.ts";

type Inputs = { readonly files: readonly StagedInput[]; readonly trees: readonly string[] };

type ObjectInput = Extract<StagedInput, { kind: "object" }>;

/**
 * Puts everything that the analysis will find below `ROLLERBLADE_IN`, each content checked against its hash on the way.
 * @throws Error when the input has changed, which the scheduler knows then, or when it cannot be had
 */
export const stageIn = async (environment: StagingEnvironment): Promise<void> => {
  const { files, trees } = await askScheduler<Inputs>(environment, "/v1/staging/inputs", {});
  const placeOf = ({ path, root }: Pick<StagedInput, "path" | "root">): string =>
    join(root === "out" ? environment.out : environment.in, path);
  for (const tree of trees) await mkdir(join(environment.out, tree), { recursive: true });
  for (const folder of new Set(files.map((file) => dirname(placeOf(file))))) await mkdir(folder, { recursive: true });
  const changed: string[] = [];
  await inParallel(files, async (file) => {
    if (file.kind === "text") return writeFile(placeOf(file), file.text);
    if (!(await fetchObject(environment, file, placeOf(file)))) changed.push(file.name);
  });
  const [first] = changed;
  if (first === undefined) return;
  const reason = `${first} is gone, or no longer what was decided on`;
  await askScheduler(environment, "/v1/staging/report", { outcome: "input-changed", reason });
  throw new Error(reason);
};

/** Whether one of its places held that content. */
const fetchObject = async (environment: StagingEnvironment, file: ObjectInput, target: string): Promise<boolean> => {
  for (const path of file.paths) {
    if (await retryFor(environment.retrySeconds, () => fetchTo(environment, path, file.sha256, target))) return true;
  }
  return false;
};

const fetchTo = async (
  environment: StagingEnvironment,
  path: string,
  sha256: string,
  target: string,
): Promise<boolean> => {
  const hash = createHash("sha256");
  const hashing = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    const headers = await tokenHeaders(environment);
    const body = await send(`${environment.url}${path}`, { method: "GET", ...(headers !== undefined && { headers }) });
    await pipeline(body, hashing, createWriteStream(target));
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return false;
    if (error instanceof Refused || isOfDisk(error)) throw error;
    throw new Refused(0, `the download broke off: ${String(error)}`, { cause: error });
  }
  return `sha256:${hash.digest("hex")}` === sha256;
};

/** What a second try would meet again. */
const isOfDisk = (error: unknown): boolean =>
  error instanceof Error && "code" in error && ["ENOSPC", "EDQUOT", "EACCES", "EROFS"].includes(String(error.code));
