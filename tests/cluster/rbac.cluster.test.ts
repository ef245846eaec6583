import { join } from "node:path";
import { type Right, rightText, routerRights, schedulerRights } from "@rollerblade/kubernetes";
import { beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { z } from "zod";
import { repository } from "../../tools/test-cluster/folder.ts";
import { apply, kubectl } from "../../tools/test-cluster/kubectl.ts";

const kinds = ["Namespace", "ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"];
const namespaces = ["rollerblade", "rollerblade-analyses", "rollerblade-pipelines", "default", "kube-system"];

beforeAll(async () => {
  const documents = parseAllDocuments(await kubectl(["kustomize", join(repository, "k8s", "base")]));
  const objects = documents.map((document) => z.looseObject({ kind: z.string() }).parse(document.toJS()));
  await apply(
    objects
      .filter(({ kind }) => kinds.includes(kind))
      .map((object) => stringify(object))
      .join("---\n"),
  );
}, 120_000);

const account = (name: string, namespace = "rollerblade") => `system:serviceaccount:${namespace}:${name}`;
const inNamespace = (rights: readonly Right[]) => rights.filter(({ everywhere }) => everywhere !== true);
const everywhere = (rights: readonly Right[]) => rights.filter((right) => right.everywhere === true);

const review = z.object({
  status: z.object({
    resourceRules: z.array(
      z.object({
        verbs: z.array(z.string()),
        apiGroups: z.array(z.string()).default([]),
        resources: z.array(z.string()).default([]),
      }),
    ),
  }),
});

/** What the API server says that an account may do in a namespace, without what everybody may: asking who one is and what one may. */
const rightsOf = async (user: string, namespace: string): Promise<string[]> => {
  const asked = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", spec: { namespace } };
  const answer = await kubectl(["create", "--validate=false", "--as", user, "-f", "-", "-o", "json"], {
    input: JSON.stringify(asked),
  });
  const rules = review.parse(JSON.parse(answer)).status.resourceRules;
  const rights = rules.flatMap(({ verbs, apiGroups, resources }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((path) => {
        const [resource = "", subresource] = path.split("/");
        return verbs.map((verb) =>
          rightText({ group, resource, ...(subresource === undefined ? {} : { subresource }), verb }),
        );
      }),
    ),
  );
  return [...new Set(rights)].filter((right) => !/^create self/.test(right)).sort();
};

const given: Record<string, Record<string, readonly Right[]>> = {
  "rollerblade-scheduler": { "rollerblade-analyses": inNamespace(schedulerRights), "*": everywhere(schedulerRights) },
  "rollerblade-pipeline-router": { "rollerblade-pipelines": routerRights },
  "rollerblade-accounts": {},
  "rollerblade-catalog": {},
  "rollerblade-gateway": {},
  "rollerblade-ingest": {},
  "rollerblade-tagger": {},
  "rollerblade-migrate": {},
};

describe.each(Object.keys(given))("%s", (name) => {
  test("may do what the documentation lists, and nothing else, in any namespace", async () => {
    for (const namespace of namespaces) {
      const expected = [...(given[name]?.[namespace] ?? []), ...(given[name]?.["*"] ?? [])].map(rightText).sort();
      expect({ namespace, rights: await rightsOf(account(name), namespace) }).toEqual({ namespace, rights: expected });
    }
  });
});

test("the account of analyses may do nothing at all", async () => {
  for (const namespace of namespaces) {
    expect(await rightsOf(account("rollerblade-analysis", "rollerblade-analyses"), namespace)).toEqual([]);
  }
});

const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "x", namespace: "rollerblade-analyses" } };
const spec = { containers: [{ name: "x", image: "x" }] };

test.each([
  ["rollerblade-scheduler", "create a Pod", ["create", "-f", "-"], JSON.stringify({ ...pod, spec })],
  ["rollerblade-scheduler", "read secrets", ["-n", "rollerblade", "get", "secrets"], ""],
  ["rollerblade-scheduler", "read secrets beside analyses", ["-n", "rollerblade-analyses", "get", "secrets"], ""],
  [
    "rollerblade-scheduler",
    "delete all Jobs at once",
    ["delete", "--raw", "/apis/batch/v1/namespaces/rollerblade-analyses/jobs"],
    "",
  ],
  ["rollerblade-scheduler", "make Jobs elsewhere", ["-n", "default", "create", "job", "x", "--image", "x"], ""],
  ["rollerblade-scheduler", "see nodes", ["get", "nodes"], ""],
  [
    "rollerblade-scheduler",
    "make tokens",
    ["-n", "rollerblade-analyses", "create", "token", "rollerblade-analysis"],
    "",
  ],
  ["rollerblade-pipeline-router", "read the services' settings", ["-n", "rollerblade", "get", "configmaps"], ""],
  ["rollerblade-pipeline-router", "delete a document", ["-n", "rollerblade-pipelines", "delete", "configmap", "x"], ""],
  ["rollerblade-pipeline-router", "make a document", ["-n", "rollerblade-pipelines", "create", "configmap", "x"], ""],
  ["rollerblade-pipeline-router", "see Pods", ["-n", "rollerblade-analyses", "get", "pods"], ""],
  ["rollerblade-gateway", "see Pods", ["-n", "rollerblade", "get", "pods"], ""],
])("%s is refused one thing more: to %s", async (name, _, args, input) => {
  await expect(kubectl(["--as", account(name), ...args], { input })).rejects.toThrow(/forbidden/i);
});
