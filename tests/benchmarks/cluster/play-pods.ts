/**
 * Plays the staging containers of Pods that are not there, in a process of its own: with a real token of each Pod it asks for the
 * Pod's slice, puts an output and a manifest, and reports; then it tells the Pod that it is done. Pods of a bare Job are told at once.
 */
import { createHash } from "node:crypto";
import { stagingRoutes } from "@rollerblade/client";
import { createClusterClient, readClusterAddress, reflect } from "@rollerblade/kubernetes";
import { z } from "zod";
import { doneAnnotation } from "./kwok.ts";

const { NAMESPACE = "", STAGING_URL = "" } = process.env;
const cluster = createClusterClient(readClusterAddress());
const base = `/api/v1/namespaces/${NAMESPACE}`;
const pods = new Set<string>();
const queue: Pod[] = [];
let busy = 0;

const podShape = z.object({
  metadata: z.object({ name: z.string(), uid: z.string() }),
  status: z.object({ phase: z.string().default("") }).prefault({}),
});
type Pod = { readonly name: string; readonly uid: string };

const tokenShape = z.object({ status: z.object({ token: z.string() }) });

const outputOf = (text: string) => {
  const sha256 = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  return { name: "copy.nii.gz", size: text.length, sha256 };
};

const ask = async (token: string, path: string, body: object): Promise<unknown> => {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(`${STAGING_URL}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? undefined : answer.json();
};

const stage = async ({ name, uid }: Pod): Promise<void> => {
  const body = { spec: { audiences: ["rollerblade"], boundObjectRef: { kind: "Pod", apiVersion: "v1", name, uid } } };
  const path = `${base}/serviceaccounts/rollerblade-analysis/token`;
  const { token } = tokenShape.parse(await cluster.call({ method: "POST", path, body })).status;
  await ask(token, stagingRoutes.inputs.path, {});
  const output = outputOf(uid);
  const links = stagingRoutes.outputs.response.parse(
    await ask(token, stagingRoutes.outputs.path, { files: [{ ...output, kind: "file" }] }),
  );
  for (const { url } of links.puts) await fetch(url, { method: "PUT", body: uid });
  const report = { outcome: "succeeded", outputs: [output] };
  if (links.manifest !== null) await fetch(links.manifest, { method: "PUT", body: JSON.stringify(report) });
  await ask(token, stagingRoutes.report.path, report);
};

const play = async (pod: Pod): Promise<void> => {
  if (!pod.name.startsWith("rb-bare-")) await stage(pod);
  await cluster.call({
    method: "PATCH",
    path: `${base}/pods/${pod.name}`,
    type: "application/merge-patch+json",
    body: { metadata: { annotations: { [doneAnnotation]: "yes" } } },
  });
};

const work = (): void => {
  while (busy < 24) {
    const pod = queue.shift();
    if (pod === undefined) return;
    busy += 1;
    play(pod)
      .catch((error: unknown) => {
        console.error(`${pod.name}: ${String(error)}`);
        setTimeout(() => queue.push(pod), 1_000);
      })
      .finally(() => {
        busy -= 1;
        work();
      });
  }
};

await reflect(cluster, {
  path: `${base}/pods`,
  signal: new AbortController().signal,
  digest: (object) => podShape.parse(object),
  changed: see,
  removed: ({ metadata }) => void pods.delete(metadata.uid),
  listed: (items) => items.forEach(see),
});

function see({ metadata, status }: z.output<typeof podShape>): void {
  if (status.phase !== "Running" || pods.has(metadata.uid)) return;
  pods.add(metadata.uid);
  queue.push(metadata);
  work();
}
