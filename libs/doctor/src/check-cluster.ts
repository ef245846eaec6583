import {
  type ClusterClient,
  connectCluster,
  type Right,
  rightText,
  routerRights,
  schedulerRights,
} from "@rollerblade/kubernetes";
import { z } from "zod";
import { checkDocuments } from "./check-documents.ts";
import { checkImage } from "./check-image.ts";
import type { ClusterSettings } from "./cluster-settings.ts";
import { bad, type Diagnosis, examine, good } from "./diagnosis.ts";

/** What else may be asked of the doctor. */
export type ClusterChecks = {
  /** Whether a Pod may be started to see that images can be pulled. */
  readonly pods: boolean;
};

/**
 * The cluster: whether its API server answers, each right that the services need, images, documents. Nothing where none
 * is used.
 */
export const checkCluster = async (
  settings: ClusterSettings,
  databaseUrl: string,
  { pods }: ClusterChecks,
): Promise<readonly Diagnosis[]> => {
  const { scheduler, documents } = settings;
  if (scheduler === null && Object.keys(documents).length === 0) return [];
  return examine(
    "cluster",
    "Is this a Pod with a mounted service account token, and may it reach the API server?",
    async () => {
      const client = await connectCluster();
      try {
        const { gitVersion } = z.object({ gitVersion: z.string() }).parse(await client.call({ path: "/version" }));
        const findings: Diagnosis[] = [good("cluster", `Kubernetes ${gitVersion} answers.`)];
        if (scheduler !== null) {
          const namespace = scheduler.namespace ?? client.namespace;
          findings.push(...(await checkRights(client, namespace, schedulerRights)));
          const mayRun = findings.every(({ state }) => state === "good");
          if (pods && mayRun) findings.push(...(await checkImage(client, namespace, scheduler)));
        }
        for (const namespace of Object.keys(documents)) {
          findings.push(...(await checkRights(client, namespace, routerRights)));
        }
        findings.push(...(await checkDocuments(client, documents, databaseUrl)));
        return findings;
      } finally {
        client.close();
      }
    },
  );
};

/** One SelfSubjectAccessReview a right; one good finding where all are given. */
export const checkRights = async (
  client: ClusterClient,
  namespace: string,
  rights: readonly Right[],
): Promise<readonly Diagnosis[]> => {
  const allowed = await Promise.all(rights.map((right) => mayI(client, namespace, right)));
  const missing = rights.filter((_, index) => allowed[index] === false);
  const check = `rights in ${namespace}`;
  if (missing.length === 0) return [good(check, `All ${rights.length} are given.`)];
  const fix =
    "Apply the Role and RoleBinding of k8s/base (analyses/ and pipelines/) to this namespace and service account.";
  return missing.map((right) =>
    bad(check, `This account may not ${rightText(right)}${right.everywhere === true ? " in the cluster" : ""}.`, fix),
  );
};

const mayI = async (client: ClusterClient, namespace: string, right: Right): Promise<boolean> => {
  const { group, resource, subresource, verb, everywhere } = right;
  const resourceAttributes = {
    group,
    resource,
    verb,
    ...(subresource !== undefined && { subresource }),
    ...(everywhere !== true && { namespace }),
  };
  const { status } = await client.authorization.createSelfSubjectAccessReview({
    body: { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes } },
  });
  return status?.allowed === true;
};
