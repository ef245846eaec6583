import type { Readable } from "node:stream";
import { type ClusterClient, ClusterError } from "@rollerblade/kubernetes";
import { createBoundedLog } from "../bounded-log.ts";
import { containers } from "./build-job.ts";
import type { PodStatus } from "./pod-status.ts";

/** Bytes that are read of a log; what is kept of it is less (see `BoundedLog`). */
const maxBytes = 64 * 2 ** 20;

/** Milliseconds without a line after which nobody follows a log any more: an analysis may well be silent for long. */
const idleTimeoutMs = 3_600_000;

type Parts = { readonly client: ClusterClient; readonly namespace: string };

/** The log of the analysis of a Pod, bounded; empty when it never started or its node does not answer. */
export const readPodLog = async (parts: Parts, pod: PodStatus): Promise<string> => {
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
export const readFinishedLog = async (parts: Parts, pod: PodStatus): Promise<string> => {
  const log = createBoundedLog();
  for await (const chunk of await open(parts, pod, { limitBytes: maxBytes })) log.write(chunk);
  return log.text();
};

/** Streams the log while the analysis writes it. */
export const followPodLog = (parts: Parts, pod: PodStatus): Promise<Readable> => open(parts, pod, { follow: true });

const open = (
  { client, namespace }: Parts,
  pod: PodStatus,
  query: Readonly<Record<string, number | boolean>>,
): Promise<Readable> =>
  client.stream({
    path: `/api/v1/namespaces/${namespace}/pods/${pod.name}/log`,
    query: { container: containers.analysis, ...query },
    idleTimeoutMs,
  });
