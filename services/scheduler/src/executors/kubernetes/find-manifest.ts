import { text } from "node:stream/consumers";
import type { Manifest } from "@rollerblade/analysis";
import { podReport } from "@rollerblade/client";
import type { ObjectStore } from "@rollerblade/object-store";
import type { AttemptReport } from "../../schema.ts";
import { acceptReport } from "./accept-report.ts";

/** What a Pod of this attempt has left in the bucket when nobody heard its report; null when none came so far. */
export const findManifest = async (
  objects: ObjectStore,
  attempt: { readonly execution: string; readonly attempt: string; readonly manifest: Manifest },
): Promise<AttemptReport | null> => {
  const prefix = `staging/${attempt.execution}/${attempt.attempt}/`;
  for await (const { key } of objects.list(prefix)) {
    const pod = /^([^/]+)\.json$/.exec(key.slice(prefix.length))?.[1];
    if (pod === undefined) continue;
    const parsed = podReport.safeParse(JSON.parse(await text(await objects.get(key))));
    const report = parsed.success ? await acceptReport(objects, { ...attempt, pod }, parsed.data) : null;
    if (report !== null) return report;
  }
  return null;
};
