import { createHash } from "node:crypto";
import { canonicalJson, type JsonObject } from "@rollerblade/abids";
import type { Manifest } from "./manifest.ts";
import type { RequestedSlice } from "./requested-slice.ts";
import { type StagedFile, stagingPlan } from "./staging-plan.ts";

/** What two executions must have in common to be the same one. */
export type KeyParts = {
  /** `image:sha256:…` or `process:sha256:…`, see `AnalysisCreated.code`. */
  readonly code: string;
  readonly manifest: Manifest;
  /** With their defaults filled in. */
  readonly parameters: JsonObject;
  readonly slice: RequestedSlice;
};

/**
 * Computes the key of an execution: a hash over the code, how it is started, and every file that it finds below
 * `$ROLLERBLADE_IN` with its content. What the container cannot see (dataset, paths, labels that it does not read, the
 * version, the memory) takes no part.
 */
export const executionKey = ({ code, manifest, parameters, slice }: KeyParts): string => {
  const files = stagingPlan(manifest, slice, parameters).map(contentOf);
  return hashOf({ format: 1, code, spec: specHash(manifest), parameters, files });
};

const hashOf = (value: JsonObject): string =>
  `sha256:${createHash("sha256").update(canonicalJson(value)).digest("hex")}`;

const specHashes = new WeakMap<Manifest, string>();

/** Hashes a manifest once, since ten thousand slices share it. */
const specHash = (manifest: Manifest): string => {
  const known = specHashes.get(manifest) ?? hashOf(executionSpec(manifest));
  specHashes.set(manifest, known);
  return known;
};

/** Picks the parts of a manifest that decide how the container is started and what it finds. */
const executionSpec = ({ command, process, level, layout, names, inputs, outputs, network }: Manifest): JsonObject => ({
  command,
  process,
  level,
  layout,
  names,
  inputs,
  outputs,
  // What answers there may decide the result; left out where there is none, so that such keys are what they were.
  ...(network !== undefined && { network }),
});

const contentOf = (file: StagedFile): JsonObject =>
  file.kind === "object" ? { path: file.path, sha256: file.sha256 } : { path: file.path, text: file.text };
