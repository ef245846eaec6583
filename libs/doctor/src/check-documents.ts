import type { V1ConfigMap } from "@kubernetes/client-node";
import { connect, disconnect } from "@rollerblade/database";
import type { ClusterClient } from "@rollerblade/kubernetes";
import { bad, type Diagnosis, examine, good, warning } from "./diagnosis.ts";

/**
 * The pipeline documents in ConfigMaps: whether the router sees them, what it made of them, and whether their owner
 * exists.
 */
export const checkDocuments = async (
  client: ClusterClient,
  owners: Readonly<Record<string, string>>,
  databaseUrl: string,
): Promise<readonly Diagnosis[]> => {
  const findings = await Promise.all(
    Object.entries(owners).map(([namespace, owner]) =>
      examine(
        `documents in ${namespace}`,
        "Give the router the Role of k8s/base/pipelines in that namespace.",
        async () => [
          ...(await checkOwner(namespace, owner, databaseUrl)),
          ...(await checkNamespace(client, namespace)),
        ],
      ),
    ),
  );
  return findings.flat();
};

const checkNamespace = async (client: ClusterClient, namespace: string): Promise<readonly Diagnosis[]> => {
  const { items } = await client.core.listNamespacedConfigMap({ namespace });
  const findings = items.flatMap((item) => judge(namespace, item));
  return findings.length > 0
    ? findings
    : [
        warning(
          `documents in ${namespace}`,
          "There are none.",
          "Label a ConfigMap rollerblade.io/pipeline=true, with a document under pipeline.yaml.",
        ),
      ];
};

const judge = (namespace: string, { metadata, data }: V1ConfigMap): readonly Diagnosis[] => {
  const { name = "", labels = {}, annotations = {} } = metadata ?? {};
  const check = `document ${namespace}/${name}`;
  const labelled = labels["rollerblade.io/pipeline"] === "true";
  if (!labelled && data?.["pipeline.yaml"] !== undefined) {
    return [
      warning(
        check,
        "It has a pipeline.yaml and no label, so nobody reads it.",
        `kubectl -n ${namespace} label configmap ${name} rollerblade.io/pipeline=true`,
      ),
    ];
  }
  if (!labelled) return [];
  const status = annotations["rollerblade.io/status"];
  if (status === undefined)
    return [
      bad(
        check,
        "The router has not reported on it yet.",
        "Is the router running, and has it the rights to patch ConfigMaps there?",
      ),
    ];
  if (status.startsWith("Applied")) return [good(check, status)];
  return [
    bad(check, status, "Correct it, check it with `rollerblade pipeline check FILE`, and apply the ConfigMap again."),
  ];
};

const checkOwner = async (namespace: string, owner: string, databaseUrl: string): Promise<readonly Diagnosis[]> => {
  const sql = connect(databaseUrl, { max: 1, name: "rollerblade doctor", connectTimeout: 5_000 });
  try {
    const [row] = await sql`select 1 from accounts.access_v1 where principal = ${owner} limit 1`;
    if (row !== undefined) return [];
    return [
      bad(
        `documents in ${namespace}`,
        `Their rules run as "${owner}", whom accounts does not know.`,
        "Create that user, or name another one in ROLLERBLADE_PIPELINE_ROUTER_NAMESPACES.",
      ),
    ];
  } finally {
    await disconnect(sql);
  }
};
