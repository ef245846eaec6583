import { createHash } from "node:crypto";
import { canonicalJson, type JsonObject } from "@rollerblade/abids";
import type { Manifest } from "./manifest.ts";
import { namesLabels } from "./placeholders.ts";
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
  const { sub = null, ses = null } = slice.entities;
  const labels = namesLabels([...(manifest.command ?? []), ...(manifest.process ?? [])]) ? { labels: [sub, ses] } : {};
  return hashOf({ format: 1, code, spec: specHash(manifest), parameters, files, ...labels });
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
const executionSpec = (manifest: Manifest): JsonObject => {
  const { command, process, level, layout, names, inputs, outputs, network, entrypoint, workingDirectory, assets } =
    manifest;
  return {
    command,
    process,
    level,
    layout,
    names,
    inputs,
    outputs,
    ...(entrypoint !== undefined && { entrypoint }),
    ...(workingDirectory !== undefined && { workingDirectory }),
    // By their contents: what an asset is called, and which version it is, no program sees.
    ...(assets !== undefined && { assets: assets.map(({ name, sha256 = null }) => ({ name, sha256 })) }),
    // What answers there may decide the result; left out where there is none, so that such keys are what they were.
    ...(network !== undefined && { network }),
  };
};

const contentOf = (file: StagedFile): JsonObject => ({
  path: file.path,
  ...(file.root !== undefined && { root: file.root }),
  ...(file.kind === "object" ? { sha256: file.sha256 } : { text: file.text }),
});
