import { text } from "node:stream/consumers";
import type { JsonObject } from "@rollerblade/abids";
import { type PodPlace, podOutputKey } from "@rollerblade/abids/bucket-layout";
import {
  faultOfOutputs,
  type Manifest,
  maxSidecarBytes,
  outputFile,
  readSidecarFields,
  sidecarFile,
} from "@rollerblade/analysis";
import type { PodReport } from "@rollerblade/client";
import type { AttemptReport } from "@rollerblade/executors";
import type { ObjectStore } from "@rollerblade/object-store";

/** Whose report it is. */
export type Reporter = PodPlace & {
  readonly manifest: Manifest;
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
  );
  if (fault !== undefined) return { outcome: "bad-output", reason: fault };
  const outputs = report.outputs.flatMap(({ name: file, size, sha256 }) => {
    const declared = manifest.outputs.find((output) => outputFile(output) === file);
    return declared === undefined ? [] : [{ name: declared.name, object: podOutputKey(reporter, file), size, sha256 }];
  });
  const heads = await Promise.all(report.outputs.map(({ name }) => objects.head(podOutputKey(reporter, name))));
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

/** Reads the fields for sidecars, by the names of outputs, or finds what is wrong with one of them. */
const readFields = async (
  objects: Pick<ObjectStore, "get">,
  reporter: Reporter,
  stored: readonly { readonly name: string; readonly size: number }[],
): Promise<ReadonlyMap<string, JsonObject> | string> => {
  const fields = new Map<string, JsonObject>();
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
