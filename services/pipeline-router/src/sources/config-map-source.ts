import { createHash } from "node:crypto";
import type { V1ConfigMap } from "@kubernetes/client-node";
import { type ClusterClient, reflect } from "@rollerblade/kubernetes";
import { annotateConfigMap } from "./config-map-status.ts";
import type { Offered, PipelineSource } from "./pipeline-source.ts";

/** ConfigMaps with this label hold a document under `pipeline.yaml`. */
const pipelineLabel = "rollerblade.io/pipeline=true";

/** Another value of this annotation applies the same text again. */
const applyAnnotation = "rollerblade.io/apply";

/** Longest name of a document. */
const maxNameLength = 63;

/** What is wrong with a namespace's ConfigMaps, for the log; it is tried again by itself. */
export type Complain = (error: unknown, about: string) => void;

/** Documents in the ConfigMaps of one namespace; their owner is what the router's own configuration says of that namespace. */
export const configMapSource = (
  client: ClusterClient,
  namespace: string,
  owner: string,
  complain: Complain,
): PipelineSource => {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`;
  const query = { labelSelector: pipelineLabel };
  const known = new Map<string, V1ConfigMap>();
  return {
    kind: `ConfigMap ${namespace}`,
    async list() {
      const { items } = await client.core.listNamespacedConfigMap({ namespace, labelSelector: pipelineLabel });
      known.clear();
      for (const item of items) known.set(documentName(item), item);
      return items.map((item) => offeredBy(item, owner));
    },
    async watch(changed, signal) {
      const failed = (error: unknown): void => complain(error, `the ConfigMaps of ${namespace} cannot be watched`);
      await reflect(client, {
        path,
        query,
        signal,
        digest: () => true,
        changed,
        removed: changed,
        listed: changed,
        failed,
      });
    },
    async report(name, verdict) {
      const configMap = known.get(name);
      if (configMap === undefined) return;
      await annotateConfigMap(client, configMap, verdict).catch((error: unknown) =>
        complain(error, `${namespace}/${configMap.metadata?.name} cannot be annotated with its verdict`),
      );
    },
  };
};

/** The document in a ConfigMap. One without text is offered too, and refused as such: its last good one stays in force. */
export const offeredBy = (item: V1ConfigMap, owner: string): Offered => {
  const { namespace = "", name = "", annotations = {} } = item.metadata ?? {};
  return {
    name: documentName(item),
    source: item.data?.["pipeline.yaml"] ?? "",
    origin: `ConfigMap ${namespace}/${name}`,
    owner,
    stamp: annotations[applyAnnotation] ?? "",
  };
};

/** `namespace.name`; where that is too long, its end is a hash of it, so that two of them never fall together. */
const documentName = ({ metadata }: V1ConfigMap): string => {
  const { namespace = "", name = "" } = metadata ?? {};
  const whole = `${namespace}.${name}`;
  if (whole.length <= maxNameLength) return whole;
  const end = createHash("sha256").update(whole).digest("hex").slice(0, 8);
  return `${whole.slice(0, maxNameLength - end.length - 1)}-${end}`;
};
