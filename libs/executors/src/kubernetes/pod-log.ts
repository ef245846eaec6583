import type { IncomingMessage } from "node:http";
import { type ClusterClient, ClusterError } from "@rollerblade/kubernetes";
import { createBoundedLog } from "../bounded-log.ts";
import { containers } from "./build-job.ts";
import type { PodSeen } from "./seen.ts";

/** Bytes that are read of a log at most; what is kept of it is less. */
const most = 64 * 2 ** 20;

type Parts = { readonly client: ClusterClient; readonly namespace: string };

/** What the analysis of a Pod has said, bounded; empty when it never started or its node does not answer. */
export const readPodLog = async (parts: Parts, pod: PodSeen): Promise<string> => {
  if (pod.analysis === null || pod.analysis.state === "waiting") return "";
  try {
    return await readFinishedLog(parts, pod);
  } catch (error) {
    if (error instanceof ClusterError) return "";
    throw error;
  }
};

/**
 * The same of a Pod whose analysis has certainly run, though its status may not say so yet.
 * @throws ClusterError when it cannot be had: status 400 while the node itself has not noticed the end
 */
export const readFinishedLog = async (parts: Parts, pod: PodSeen): Promise<string> => {
  const log = createBoundedLog();
  for await (const chunk of await open(parts, pod, { limitBytes: most })) log.write(chunk);
  return log.text();
};

/** What it says, as it says it. */
export const followPodLog = (parts: Parts, pod: PodSeen): Promise<IncomingMessage> =>
  open(parts, pod, { follow: true });

const open = (
  { client, namespace }: Parts,
  pod: PodSeen,
  query: Readonly<Record<string, number | boolean>>,
): Promise<IncomingMessage> =>
  client.stream({
    path: `/api/v1/namespaces/${namespace}/pods/${pod.name}/log`,
    query: { container: containers.analysis, ...query },
    silence: 3_600_000,
  });
