/**
 * Plays the kubelet and the staging containers of Pods that are not there, in a process of its own: as soon as a Pod has a node, it gets
 * the token that its volume asks for, with which it asks for its slice, puts an output and a manifest, and reports; meanwhile the API
 * server receives what a node would report. Pods of a bare Job do all but what the staging containers do.
 */
import { createHash } from "node:crypto";
import { stagingRoutes } from "@rollerblade/client";
import { connectCluster, reflect } from "@rollerblade/kubernetes";
import { z } from "zod";
import { send, textOf } from "../../../libs/staging/src/http.ts";
import { fewWords, nodeWords, statusOf } from "./node-words.ts";

const { NAMESPACE = "", STAGING_URL = "", WORDS = "" } = process.env;
const words = WORDS === "few" ? fewWords : nodeWords;
const cluster = await connectCluster();
const base = `/api/v1/namespaces/${NAMESPACE}`;
const pods = new Set<string>();
const queue: Pod[] = [];
let busy = 0;

const podShape = z.object({
  metadata: z.object({ name: z.string(), uid: z.string() }),
  spec: z.object({ nodeName: z.string().optional() }),
});
type Pod = { readonly name: string; readonly uid: string };

const tokenShape = z.object({ status: z.object({ token: z.string() }) });

const outputOf = (text: string) => {
  const sha256 = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  return { name: "copy.nii.gz", size: text.length, sha256 };
};

const ask = async (token: string, path: string, body: object): Promise<unknown> => {
  const text = JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  };
  const answer = await textOf(await send(`${STAGING_URL}${path}`, { method: "POST", headers, body: text }));
  return answer === "" ? undefined : JSON.parse(answer);
};

const put = async (token: string, path: string, body: string): Promise<void> => {
  const headers = { authorization: `Bearer ${token}`, "content-length": Buffer.byteLength(body) };
  await textOf(await send(`${STAGING_URL}${path}`, { method: "PUT", headers, body }));
};

const tokenOf = async ({ name, uid }: Pod): Promise<string> => {
  const body = { spec: { audiences: ["rollerblade"], boundObjectRef: { kind: "Pod", apiVersion: "v1", name, uid } } };
  const path = `${base}/serviceaccounts/rollerblade-analysis/token`;
  return tokenShape.parse(await cluster.call({ method: "POST", path, body })).status.token;
};

const stageIn = (token: string): Promise<unknown> => ask(token, stagingRoutes.inputs.path, {});

const stageOut = async ({ uid }: Pod, token: string): Promise<void> => {
  const output = outputOf(uid);
  const paths = stagingRoutes.outputs.response.parse(
    await ask(token, stagingRoutes.outputs.path, { files: [{ ...output, kind: "file" }] }),
  );
  for (const { path } of paths.puts) await put(token, path, uid);
  const report = { outcome: "succeeded", outputs: [output] };
  if (paths.manifest !== null) await put(token, paths.manifest, JSON.stringify(report));
  await ask(token, stagingRoutes.report.path, report);
};

const play = async (pod: Pod): Promise<void> => {
  const isBare = pod.name.startsWith("rb-bare-");
  const token = await tokenOf(pod);
  for (const word of words) {
    if (word.ended === 2 && !isBare) await stageIn(token);
    await patchStatus(pod, statusOf(word, new Date().toISOString()));
    if (word.ended === 2 && !isBare) await stageOut(pod, token);
  }
};

const patchStatus = async ({ name }: Pod, status: object): Promise<void> => {
  const path = `${base}/pods/${name}`;
  await cluster.call({ path });
  await cluster.call({
    method: "PATCH",
    path: `${path}/status`,
    type: "application/merge-patch+json",
    body: { status },
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

function see({ metadata, spec }: z.output<typeof podShape>): void {
  if (spec.nodeName === undefined || pods.has(metadata.uid)) return;
  pods.add(metadata.uid);
  queue.push(metadata);
  work();
}
