import { randomUUID } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { probeKey } from "@rollerblade/abids/bucket-layout";
import { type ObjectStore, openObjectStore } from "@rollerblade/object-store";
import type { CommonSettings } from "@rollerblade/service-kit";
import { bad, type Diagnosis, examine, good, warning } from "./diagnosis.ts";

/** What is written, read, linked to and deleted again. */
const probe = Buffer.from("rollerblade doctor\n");

/** The object store: a probe is put, read back, fetched by a link, copied and deleted. */
export const checkBucket = (
  settings: Pick<CommonSettings, "objects" | "publicUrl" | "linkSecret">,
): Promise<readonly Diagnosis[]> =>
  examine("bucket", "Check ROLLERBLADE_OBJECTS: the host, the bucket, and the rights of its key.", async () => {
    const objects = openObjectStore(settings.objects, { publicUrl: settings.publicUrl, secret: settings.linkSecret });
    const key = probeKey(randomUUID());
    const copy = `${key}-copy`;
    try {
      await objects.put(key, probe, { size: probe.length });
      if (!(await buffer(await objects.get(key))).equals(probe))
        throw new Error("What was read is not what was written.");
      await objects.copy(key, copy);
      const link = await followLink(objects, key);
      await objects.delete([key, copy]);
      if ((await objects.head(key)) !== null) {
        return [
          warning("bucket", "What was deleted is still there.", "Give the key the right to delete: s3:DeleteObject."),
          link,
        ];
      }
      return [good("bucket", "It keeps, copies and deletes objects."), link];
    } catch (error) {
      await objects.delete([key, copy]).catch(() => {});
      throw error;
    }
  });

const followLink = async (objects: ObjectStore, key: string): Promise<Diagnosis> => {
  const url = await objects.presignGet(key, { expires: 60 });
  const { host } = new URL(url);
  const fix =
    "People and Pods follow links: let publicEndpoint in ROLLERBLADE_OBJECTS (or ROLLERBLADE_PUBLIC_URL, for a folder) be where they reach it.";
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    const body = Buffer.from(await answer.arrayBuffer());
    if (answer.ok && body.equals(probe)) return good("links", `Links to ${host} work.`);
    return bad("links", `A link to ${host} was answered with status ${answer.status}.`, fix);
  } catch {
    return warning("links", `Links lead to ${host}, which cannot be reached from here.`, fix);
  }
};
