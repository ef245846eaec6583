import { text } from "node:stream/consumers";
import { type JsonObject, readJsonObject } from "@rollerblade/abids";
import { type PodPlace, podOutputKey } from "@rollerblade/abids/bucket-layout";
import {
  faultOfOutputs,
  type Manifest,
  maxSidecarBytes,
  outputFile,
  outputOfMade,
  type RequestedSlice,
  readSidecarFields,
  sidecarFile,
  splitTreeFile,
} from "@rollerblade/analysis";
import type { PodReport } from "@rollerblade/client";
import type { AttemptReport } from "@rollerblade/executors";
import type { ObjectStore } from "@rollerblade/object-store";
import pLimit from "p-limit";

/** Whose report it is. */
export type Reporter = PodPlace & {
  readonly manifest: Manifest;
  /** The slice that it worked on, whose labels the patterns of trees may name. */
  readonly requested: Pick<RequestedSlice, "entities">;
};

/**
 * Accepts of a Pod's report what can be checked: the declared outputs, each of which lies there with the size that was reported.
 * Null when something that it speaks of is not there.
 */
export const acceptReport = async (
  objects: ObjectStore,
  reporter: Reporter,
  report: PodReport,
): Promise<AttemptReport | null> => {
  if (report.outcome !== "succeeded") return report;
  const { manifest } = reporter;
  const fault = faultOfOutputs(
    manifest,
    report.outputs.map(({ name }) => name),
    reporter.requested.entities,
  );
  if (fault !== undefined) return { outcome: "bad-output", reason: fault };
  const outputs = report.outputs.flatMap(({ name: file, size, sha256 }) => {
    const inTree = outputOfMade(manifest, file) !== undefined && splitTreeFile(file) !== null;
    const name = inTree ? file : manifest.outputs.find((output) => outputFile(output) === file)?.name;
    return name === undefined ? [] : [{ name, object: podOutputKey(reporter, file), size, sha256 }];
  });
  const limit = pLimit(concurrentHeads);
  const heads = await Promise.all(
    report.outputs.map(({ name }) => limit(() => objects.head(podOutputKey(reporter, name)))),
  );
  if (!report.outputs.every(({ size }, index) => heads[index]?.size === size)) return null;
  const fields = await readFields(objects, reporter, report.outputs);
  if (typeof fields === "string") return { outcome: "bad-output", reason: fields };
  return {
    outcome: "succeeded",
    outputs: outputs.map((output) => {
      const metadata = fields.get(output.name);
      return { ...output, ...(metadata !== undefined && { metadata }) };
    }),
  };
};

/** Requests to the object store at once for one report: a tree has thousands of files. */
const concurrentHeads = 32;

/** Reads the fields for sidecars, by the names of outputs, or finds what is wrong with one of them. */
const readFields = async (
  objects: Pick<ObjectStore, "get">,
  reporter: Reporter,
  stored: readonly { readonly name: string; readonly size: number }[],
): Promise<ReadonlyMap<string, JsonObject> | string> => {
  const fields = new Map<string, JsonObject>();
  for (const { name, size } of stored) {
    if (splitTreeFile(name)?.path !== "dataset_description.json" || size > maxSidecarBytes) continue;
    const { value } = readJsonObject(name, await text(await objects.get(podOutputKey(reporter, name))));
    if (value !== null) fields.set(name, value);
  }
  for (const output of reporter.manifest.outputs) {
    const file = stored.find(({ name }) => name === sidecarFile(output));
    if (file === undefined) continue;
    if (file.size > maxSidecarBytes)
      return `the output ${file.name} has ${file.size} bytes, of which a sidecar may have ${maxSidecarBytes}`;
    const read = await readSidecarFields(await text(await objects.get(podOutputKey(reporter, file.name))));
    if ("fault" in read) return `the output ${file.name} ${read.fault}`;
    fields.set(output.name, read.fields);
  }
  return fields;
};
