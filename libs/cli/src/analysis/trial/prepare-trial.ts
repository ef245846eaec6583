import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { cp, mkdir, stat } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import {
  assetFolder,
  type Manifest,
  parametersOfTexts,
  type RequestedSlice,
  resolveParameters,
  treesOf,
} from "@rollerblade/analysis";
import { catalogRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import {
  type Attempt,
  type AttemptFolder,
  attemptFolder,
  createEnvironments,
  type Environments,
  makeAttemptFolder,
  makePrivateFolder,
  removeAttemptFolder,
  stageTrial,
} from "@rollerblade/executors";
import type { SimpleConditions } from "../../query/simple-conditions.ts";
import { parseParameters } from "../../runs/parse-parameters.ts";
import type { Server } from "../../server/find-server.ts";
import { serverFolder } from "../../server/server-folder.ts";
import { sliceName } from "../../slice-name.ts";

/** Options of `analysis try` and `analysis shell`. */
export type TrialOptions = SimpleConditions & {
  readonly query: string;
  readonly param?: readonly string[];
  /** Where assets lie on this machine: `NAME=FOLDER`, or a file. */
  readonly asset?: readonly string[];
  /** Where inputs and outputs are kept. */
  readonly keep?: string;
};

/** An attempt that nothing is published of, with its inputs in its folder. */
export type Trial = { readonly attempt: Attempt; readonly folder: AttemptFolder };

/** What this machine has. */
export const wholeMachine = { cpu: availableParallelism(), memory: totalmem() };

/** Where the trials of an analysis are kept, one folder for each slice. */
export const trialsFolder = ({ name }: Manifest, { keep }: TrialOptions): string =>
  keep ?? join(serverFolder(), "try", name);

/** The environments of Python analyses, which the local server keeps in the same place and uses, too. */
export const openEnvironments = (): Environments => {
  const folder = join(serverFolder(), "scratch");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return createEnvironments(makePrivateFolder(join(makePrivateFolder(folder), "environments")));
};

/**
 * Makes the folder of a slice anew, and puts its inputs there.
 * @param code folder of the manifest
 * @param image that runs instead of a process of this folder
 */
export const prepareTrial = async (
  server: Server,
  manifest: Manifest,
  slice: RequestedSlice,
  code: string,
  options: TrialOptions,
  signal: AbortSignal,
  image: string | null = null,
): Promise<Trial> => {
  const name = folderNameOf(sliceName(slice.slice));
  const scratch = trialsFolder(manifest, options);
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const folder = attemptFolder(scratch, name);
  await removeAttemptFolder(folder);
  makeAttemptFolder(
    folder,
    treesOf(manifest).map(({ name }) => name),
  );
  const parameters = resolveParameters(manifest, parametersOfTexts(manifest, parseParameters(options.param ?? [])));
  const attempt: Attempt = {
    // A container of an earlier trial may still be there.
    ...{ id: image === null ? name : randomUUID(), execution: name, manifest, parameters, slice },
    ...{ folder: image === null ? code : null, code: image === null ? "process:trial" : "image:trial", image },
    ...{ memory: manifest.resources.memory, traceparent: "", rank: 0, owner: "" },
  };
  await stageTrial(attempt, folder, (file) => fetchInput(server, file, signal), signal);
  await copyAssets(manifest, options.asset ?? [], folder);
  return { attempt, folder };
};

/** Puts the assets of a manifest where it finds them: the server gives their contents to attempts alone. @throws Problem `invalid` */
const copyAssets = async (
  { assets = [] }: Manifest,
  given: readonly string[],
  folder: AttemptFolder,
): Promise<void> => {
  const places = new Map(given.map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)]));
  for (const { name, asset, version } of assets) {
    const from = places.get(name);
    const found = from === undefined ? null : await stat(from).catch(() => null);
    if (from === undefined || found === null)
      throw new Problem({
        code: "invalid",
        message: `The analysis uses the asset ${asset} ${version}${from === undefined ? "" : `, and there is nothing at ${from}`}.`,
        subject: `assets.${name}`,
        next: `Say where it lies on this machine: --asset ${name}=FOLDER.`,
      });
    const target = join(folder.in, assetFolder(name), found.isDirectory() ? "" : basename(from));
    await cp(from, target, { recursive: true, dereference: true });
  }
};

/** A slice as the name of a folder: letters, digits, dots and hyphens of its name, everything else as `_`. */
const folderNameOf = (name: string): string => name.replace(/[^A-Za-z0-9.-]+/g, "_").replace(/^[._]+/, "");

const fetchInput = async (
  server: Server,
  { dataset, source }: { readonly dataset: string; readonly source: string },
  signal: AbortSignal,
): Promise<Readable> => {
  const { url } = await server.call(catalogRoutes.linkFile, { query: { dataset, path: source } });
  const response = url === null ? null : await fetch(new URL(url, server.url), { signal });
  if (response === null || !response.ok || response.body === null)
    throw new Problem({
      code: "unavailable",
      message: `${dataset}/${source} cannot be read${response === null ? "" : `: ${response.status}`}.`,
      subject: source,
    });
  return Readable.from(response.body);
};
