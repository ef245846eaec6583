import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { manifestFrom } from "@rollerblade/analysis";
import { bareOutputs, unofficialOutputs } from "@rollerblade/analysis/bids-ignore";
import { schedulerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { printMessage } from "../messages.ts";
import { printJson, type Reading } from "../print.ts";
import { findServer, type Server } from "../server/find-server.ts";

/** `analysis create PATH`, where PATH is the manifest or its folder. */
export const createAnalysis = async (
  path: string,
  options: Reading & { executor?: "process" | "docker" },
): Promise<void> => {
  const created = await sendAnalysis(await findServer(), path, options.executor);
  if (options.json === true) return printJson(created);
  const name = `${created.name} ${created.version}`;
  const manifest = manifestFrom(created.manifest);
  for (const { template, reason, nearest } of unofficialOutputs(manifest)) {
    const advice = nearest === null ? "validators will leave it out" : `did you mean ${nearest}?`;
    printMessage(`Warning: ${template} is not a BIDS name: ${reason}; ${advice}`);
  }
  for (const { output, fields } of bareOutputs(manifest))
    printMessage(
      `Warning: BIDS requires ${fields.join(", ")} in the sidecar of "${output}": state it under outputs.${output}.metadata, or let the program write ${output}.json`,
    );
  printMessage(created.created ? `${name} is created.` : `${name} exists already, with the same content.`);
};

/** Sends a manifest. A server on this machine also gets the folder of the code, which it reads there. */
export const sendAnalysis = async (server: Server, path: string, executor?: "process" | "docker") => {
  const file = await manifestFile(path);
  const manifest = await readFile(file, "utf8");
  const folder = server.local ? { folder: dirname(file) } : {};
  return server.call(schedulerRoutes.createAnalysis, {
    body: { manifest, file: basename(file), ...folder, ...(executor === undefined ? {} : { executor }) },
  });
};

/** Finds a manifest by its path or that of its folder. @throws Problem `not-found` */
export const manifestFile = async (path: string): Promise<string> => {
  const found = await stat(path).catch(() => null);
  if (found?.isFile() === true) return resolve(path);
  const inside = join(resolve(path), "analysis.yaml");
  if ((await stat(inside).catch(() => null))?.isFile() === true) return inside;
  throw new Problem({
    code: "not-found",
    message: `There is no manifest at ${path}.`,
    subject: path,
    next: "Name an analysis.yaml, or the folder that holds one.",
  });
};
