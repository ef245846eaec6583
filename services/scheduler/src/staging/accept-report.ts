import { type PodPlace, podOutputKey } from "@rollerblade/abids/bucket-layout";
import { faultOfOutputs, type Manifest, outputFile } from "@rollerblade/analysis";
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
  const heads = await Promise.all(outputs.map(({ object }) => objects.head(object)));
  const there = outputs.every(({ size }, index) => heads[index]?.size === size);
  return there ? { outcome: "succeeded", outputs } : null;
};
