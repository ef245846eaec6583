import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterClient } from "@rollerblade/kubernetes";
import type { ClusterSettings } from "./cluster-settings.ts";
import { bad, type Diagnosis, examine, good, warning } from "./diagnosis.ts";
import { probeJob } from "./probe-job.ts";

/** Milliseconds until a Pod should have run: a large image may take a while. */
const timeoutMs = 120_000;

/**
 * Runs one small Pod as analyses run, so that whatever refuses or hinders them does so now: quota, admission, image,
 * place.
 */
export const checkImage = (
  client: ClusterClient,
  namespace: string,
  scheduler: NonNullable<ClusterSettings["scheduler"]>,
): Promise<readonly Diagnosis[]> =>
  examine("analyses", `Look at the events of ${namespace}: kubectl -n ${namespace} get events`, async () => {
    const name = `rollerblade-doctor-${randomUUID().slice(0, 8)}`;
    await client.batch.createNamespacedJob({ namespace, body: probeJob(name, scheduler) });
    try {
      return [await awaitPod(client, namespace, name, scheduler.stagingImage)];
    } finally {
      await client.batch.deleteNamespacedJob({ namespace, name, propagationPolicy: "Background" }).catch(() => {});
    }
  });

const awaitPod = async (client: ClusterClient, namespace: string, job: string, image: string): Promise<Diagnosis> => {
  const until = Date.now() + timeoutMs;
  let last: Diagnosis = warning("analyses", "No Pod came to be in two minutes.", "Is the controller manager well?");
  while (Date.now() < until) {
    const { items } = await client.core.listNamespacedPod({ namespace, labelSelector: `job-name=${job}` });
    const status = items[0]?.status;
    if (status?.phase === "Succeeded") return good("analyses", `A Pod with ${image} ran in ${namespace}.`);
    if (status?.phase === "Failed")
      return bad("analyses", `A Pod with ${image} failed.`, "Is it this project's image?");
    const waiting = status?.containerStatuses?.[0]?.state?.waiting;
    if (waiting !== undefined && /^(ErrImage|ImagePull|InvalidImage|ErrImageNeverPull)/.test(waiting.reason ?? "")) {
      return bad(
        "analyses",
        `The image ${image} cannot be pulled: ${waiting.message || waiting.reason}`,
        "Check its name, and the registry's credentials: ROLLERBLADE_SCHEDULER_IMAGE_PULL_SECRET.",
      );
    }
    const place = status?.conditions?.find(({ type, status: held }) => type === "PodScheduled" && held === "False");
    if (place !== undefined)
      last = warning(
        "analyses",
        `A Pod waits for a node: ${place.message ?? ""}`,
        "Is there room, or does a cluster autoscaler make some?",
      );
    if (status === undefined) last = (await refusal(client, namespace, job)) ?? last;
    if (last.state === "bad") return last;
    await sleep(500);
  }
  return last;
};

/** Reads the Events of the Job, since nothing else reports a quota or an admission webhook that refuses its Pods. */
const refusal = async (client: ClusterClient, namespace: string, job: string): Promise<Diagnosis | null> => {
  const fieldSelector = `involvedObject.name=${job},reason=FailedCreate`;
  const { items } = await client.core.listNamespacedEvent({ namespace, fieldSelector });
  const message = items[0]?.message;
  return message === undefined
    ? null
    : bad(
        "analyses",
        `The cluster refuses Pods: ${message}`,
        "Change the quota, the policy or the service account that it names.",
      );
};
