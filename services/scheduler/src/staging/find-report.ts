import { text } from "node:stream/consumers";
import { attemptPrefix } from "@rollerblade/abids/bucket-layout";
import { podReport } from "@rollerblade/client";
import type { Attempt, AttemptReport } from "@rollerblade/executors";
import type { ObjectStore } from "@rollerblade/object-store";
import { acceptReport } from "./accept-report.ts";

/**
 * Looks in the bucket for the manifest that a Pod puts there before it reports. It counts when the report itself reached
 * nobody. Null when there is none so far.
 */
export const findReport = async (
  objects: ObjectStore,
  { id: attempt, execution, manifest, slice }: Pick<Attempt, "id" | "execution" | "manifest" | "slice">,
): Promise<AttemptReport | null> => {
  const prefix = attemptPrefix(execution, attempt);
  for await (const { key } of objects.list(prefix)) {
    const pod = /^([^/]+)\.json$/.exec(key.slice(prefix.length))?.[1];
    if (pod === undefined) continue;
    const parsed = podReport.safeParse(JSON.parse(await text(await objects.get(key))));
    const reporter = { execution, attempt, manifest, requested: slice, pod };
    const report = parsed.success ? await acceptReport(objects, reporter, parsed.data) : null;
    if (report !== null) return report;
  }
  return null;
};
