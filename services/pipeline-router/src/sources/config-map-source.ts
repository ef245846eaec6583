import { CoreV1Api, KubeConfig, type V1ConfigMap, Watch } from "@kubernetes/client-node";
import type { Offered, PipelineSource } from "./pipeline-source.ts";

/** ConfigMaps with this label hold a document under `pipeline.yaml`. */
export const pipelineLabel = "rollerblade.io/pipeline=true";

/** Another value of this annotation applies the same text again. */
export const applyAnnotation = "rollerblade.io/apply";

/** Seconds until the server ends a watch, so that a silent connection is noticed. */
const watchSeconds = 240;

/** Documents in the ConfigMaps of these namespaces; the owner of each is what the configuration says of its namespace. */
export const configMapSource = (owners: Readonly<Record<string, string>>): PipelineSource => {
  const config = new KubeConfig();
  config.loadFromDefault();
  const api = config.makeApiClient(CoreV1Api);
  return {
    kind: "ConfigMap",
    list: async () => {
      const lists = await Promise.all(
        Object.keys(owners).map((namespace) =>
          api.listNamespacedConfigMap({ namespace, labelSelector: pipelineLabel }),
        ),
      );
      return lists.flatMap(({ items }) => items.flatMap((item) => offeredBy(item, owners) ?? []));
    },
    watch: async (changed, signal) => {
      for (const namespace of Object.keys(owners)) watchNamespace(config, namespace, changed, signal);
    },
  };
};

/** The document in a ConfigMap, or undefined where it holds none or nobody vouches for its namespace. */
export const offeredBy = (
  { metadata, data }: V1ConfigMap,
  owners: Readonly<Record<string, string>>,
): Offered | undefined => {
  const { namespace = "", name = "" } = metadata ?? {};
  const source = data?.["pipeline.yaml"];
  const owner = Object.hasOwn(owners, namespace) ? owners[namespace] : undefined;
  if (source === undefined || owner === undefined) return undefined;
  const stamp = metadata?.annotations?.[applyAnnotation] ?? "";
  return { name: `${namespace}.${name}`.slice(0, 63), source, origin: `ConfigMap ${namespace}/${name}`, owner, stamp };
};

/** Watches for ever: a watch that ends or breaks is begun again, and what was missed is found by the list that follows. */
const watchNamespace = (config: KubeConfig, namespace: string, changed: () => void, signal: AbortSignal): void => {
  let failures = 0;
  const begin = (): void => {
    if (signal.aborted) return;
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const again = (error: unknown): void => {
      failures = error === null || error === undefined ? 0 : failures + 1;
      changed();
      setTimeout(begin, Math.min(30_000, 500 * 2 ** Math.min(failures, 6))).unref();
    };
    new Watch(config)
      .watch(path, { labelSelector: pipelineLabel, timeoutSeconds: watchSeconds }, changed, again)
      .then((request) => signal.addEventListener("abort", () => request.abort(), { once: true }), again);
  };
  begin();
};
