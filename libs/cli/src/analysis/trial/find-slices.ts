import {
  acceptsScan,
  type DerivativeLock,
  type Manifest,
  manifestFrom,
  parametersHash,
  type RequestedSlice,
  resolveInputs,
  resolveParameters,
} from "@rollerblade/analysis";
import { catalogRoutes, schedulerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { printMessage } from "../../messages.ts";
import type { Server } from "../../server/find-server.ts";
import { sliceName } from "../../slice-name.ts";

/** Slices of one request; each comes with the derivatives of its dataset. */
const pageSize = 50;

/**
 * Finds the first slices of a query that an analysis applies to, with their inputs, as a run would. Slices that miss an output of
 * another analysis, or have two files for one input, are named and passed over.
 * @throws Problem `not-found` when there is none
 */
export const findSlices = async (
  server: Server,
  manifest: Manifest,
  query: string,
  limit: number,
): Promise<RequestedSlice[]> => {
  const locks = await locksOf(server, manifest);
  const narrow = manifest.level === "scan" && manifest.inputs.some(({ kind }) => kind === "raw");
  const found: RequestedSlice[] = [];
  let looked = 0;
  let after: string | undefined;
  do {
    const page = await server.call(catalogRoutes.querySlices, {
      body: { expression: query, level: manifest.level, limit: pageSize, ...(after !== undefined && { after }) },
    });
    for (const facts of page.items) {
      if (found.length === limit) return found;
      looked += 1;
      const scan = narrow ? facts.scans.find(({ path }) => path === facts.slice.scan) : undefined;
      if (scan !== undefined && !acceptsScan(manifest, scan)) continue;
      const resolution = resolveInputs(manifest, facts, locks, facts.matched);
      if (resolution.state === "resolved") found.push(resolution.slice);
      else if (resolution.state === "waiting")
        printMessage(`${sliceName(facts.slice)} is passed over: there is no ${resolution.for}.`);
      else if (resolution.state === "ambiguous")
        printMessage(
          `${sliceName(facts.slice)} is passed over: ${resolution.input} could be ${resolution.candidates.slice(0, 3).join(" or ")}.`,
        );
    }
    after = page.next ?? undefined;
  } while (after !== undefined);
  if (found.length > 0) return found;
  throw new Problem({
    code: "not-found",
    message:
      looked === 0
        ? "The query finds nothing to try it on."
        : `${manifest.name} applies to none of the ${looked} slices that the query finds: its inputs are ${manifest.inputs.map(({ name }) => name).join(", ")}.`,
    subject: manifest.name,
    next: "Import a dataset, or give a wider --query.",
  });
};

/** What its inputs take of other analyses: of each the highest version that exists, with its default parameters. */
const locksOf = async (server: Server, manifest: Manifest): Promise<DerivativeLock[]> => {
  const locks: DerivativeLock[] = [];
  for (const input of manifest.inputs) {
    if (input.kind !== "derivative") continue;
    try {
      const found = await server.call(schedulerRoutes.showAnalysis, {
        params: { name: input.analysis },
        query: { version: input.version },
      });
      const made = manifestFrom(found.manifest, input.analysis);
      const hash = parametersHash(made, resolveParameters(made, {}));
      locks.push({ input: input.name, analysis: input.analysis, version: found.version, parametersHash: hash });
    } catch (error) {
      const isOptional = input.required === false && error instanceof Problem && error.code === "not-found";
      if (!isOptional) throw error;
    }
  }
  return locks;
};
