import type { CoreV1Event, V1ConfigMap } from "@kubernetes/client-node";
import type { ClusterClient } from "@rollerblade/kubernetes";
import type { Verdict } from "./pipeline-source.ts";

/** Says on a ConfigMap what became of its document. */
const statusAnnotation = "rollerblade.io/status";

/** Longest message of an Event, in characters (core/v1 validation). */
const maxMessageLength = 1024;

/** What an annotation and an Event say of a verdict. */
export const statusOf = (verdict: Verdict): string =>
  verdict.applied
    ? `Applied as revision ${verdict.revision}.`
    : [
        `Refused, the last good one stays in force: ${verdict.message}`,
        ...verdict.findings.map(({ where, message }) => `${where}: ${message}`),
      ].join("\n");

/**
 * Writes the verdict to the ConfigMap, as annotation and as Event, so that `kubectl describe` shows it; does nothing when the
 * annotation says it already. A ConfigMap that changed or went meanwhile is left alone: its next verdict follows.
 */
export const annotateConfigMap = async (client: ClusterClient, item: V1ConfigMap, verdict: Verdict): Promise<void> => {
  const { namespace = "", name = "", uid, annotations } = item.metadata ?? {};
  const status = statusOf(verdict);
  if (annotations?.[statusAnnotation] === status) return;
  // The uid makes sure that a new ConfigMap of the same name does not get an old one's verdict.
  const body = { metadata: { uid, annotations: { [statusAnnotation]: status } } };
  await client.core.patchNamespacedConfigMap({ namespace, name, body }, client.mergePatch);
  await client.core.createNamespacedEvent({ namespace, body: eventOf(item, verdict, new Date()) });
};

/** The Event that tells of a verdict. */
export const eventOf = ({ metadata }: V1ConfigMap, verdict: Verdict, at: Date): CoreV1Event => {
  const { namespace = "", name = "", uid = "" } = metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { namespace, generateName: `${name.slice(0, 200)}.` },
    involvedObject: { apiVersion: "v1", kind: "ConfigMap", namespace, name, uid },
    type: verdict.applied ? "Normal" : "Warning",
    reason: verdict.applied ? "PipelineApplied" : "PipelineRefused",
    message: statusOf(verdict).slice(0, maxMessageLength),
    source: { component: "pipeline-router" },
    reportingComponent: "rollerblade.io/pipeline-router",
    count: 1,
    firstTimestamp: at,
    lastTimestamp: at,
  };
};
