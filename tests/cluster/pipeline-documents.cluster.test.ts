import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PipelineSummary, routerRoutes } from "@rollerblade/client";
import { analysis, demo, threshold } from "@rollerblade/pipeline/testing";
import { type RouterWorld, startRouterWorld } from "@rollerblade/service-pipeline-router/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, parseAllDocuments, stringify } from "yaml";
import { z } from "zod";
import { repository } from "../../tools/test-cluster/folder.ts";
import { apply, kubeconfig, kubectl } from "../../tools/test-cluster/kubectl.ts";

// The router runs here, as the service account and with the Role that the manifests give it.
const namespace = `rollerblade-test-${process.pid}`;
const folder = await mkdtemp(join(tmpdir(), "rollerblade-router-"));
const ofEverything = kubeconfig();
let it: RouterWorld;

beforeAll(async () => {
  await kubectl(["create", "namespace", namespace]);
  await kubectl(["--namespace", namespace, "create", "serviceaccount", "router"]);
  await giveRights();
  const token = (await kubectl(["--namespace", namespace, "create", "token", "router"])).trim();
  const config = parse(await kubectl(["config", "view", "--raw", "--flatten", "--minify"]));
  config.users[0].user = { token };
  const own = join(folder, "kubeconfig");
  await writeFile(own, stringify(config), { mode: 0o600 });
  process.env.KUBECONFIG = own;
  it = await startRouterWorld({ namespaces: JSON.stringify({ [namespace]: "service" }) });
  process.env.KUBECONFIG = ofEverything;
  for (const name of ["brain-mask", "tissue-volumes", "group-report"] as const) await it.create(analysis(name));
}, 300_000);

afterAll(async () => {
  await it?.stop();
  await kubectl(["delete", "namespace", namespace, "--wait=false"], { mayFail: true });
  await rm(folder, { recursive: true, force: true });
});

const role = z.looseObject({ kind: z.string(), metadata: z.looseObject({ namespace: z.string() }) });

/** The Role of the manifests, in this namespace; without some verbs where a test wants to see what then happens. */
const giveRights = async (without: readonly string[] = []): Promise<void> => {
  const documents = parseAllDocuments(await kubectl(["kustomize", join(repository, "k8s", "base", "pipelines")]));
  for (const document of documents.map((one) => one.toJS()).filter(({ kind }) => /^Role/.test(kind))) {
    const object = { ...role.parse(document), metadata: { name: "router", namespace } };
    const rules = z.array(z.looseObject({ verbs: z.array(z.string()) })).parse(document.rules ?? []);
    const kept = rules
      .map((rule) => ({ ...rule, verbs: rule.verbs.filter((verb) => !without.includes(verb)) }))
      .filter(({ verbs }) => verbs.length > 0);
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "router" };
    const subjects = [{ kind: "ServiceAccount", name: "router", namespace }];
    await apply(JSON.stringify(object.kind === "Role" ? { ...object, rules: kept } : { ...object, roleRef, subjects }));
  }
};

const put = (name: string, data: Record<string, string>, annotations: Record<string, string> = {}): Promise<string> => {
  const metadata = { name, namespace, labels: { "rollerblade.io/pipeline": "true" }, annotations };
  return apply(JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata, data }));
};
const describeConfigMap = (name: string): Promise<string> =>
  kubectl(["--namespace", namespace, "describe", "configmap", name]);
const inForce = async (name: string): Promise<PipelineSummary | undefined> =>
  (await it.client.call(routerRoutes.listPipelines, { query: {} })).items.find(
    (one) => one.name === `${namespace}.${name}`,
  );

test("several documents are applied, and each ConfigMap says so when it is described", async () => {
  await put("first", { "pipeline.yaml": threshold(0.7) });
  await put("second", { "pipeline.yaml": "datasets: [other]\nrules: []\n" });
  await expect.poll(() => inForce("first")).toMatchObject({ revision: 1, owner: "service", refusal: "" });
  await expect.poll(() => inForce("second")).toMatchObject({ revision: 1 });
  await expect.poll(() => describeConfigMap("first")).toMatch(/PipelineApplied[\s\S]*Applied as revision 1\./);
});

test("one that is refused says why at every fault, and the last good one stays in force", async () => {
  await put("first", { "pipeline.yaml": demo.replace("suffix", "sufix") });
  await expect.poll(() => describeConfigMap("first")).toMatch(/Warning +PipelineRefused[\s\S]*sufix/);
  expect(await describeConfigMap("first")).toContain("rollerblade.io/status:");
  expect(await inForce("first")).toMatchObject({ revision: 1, rules: [{ parameters: { threshold: 0.7 } }, {}, {}] });
});

test("a ConfigMap that lost its document is refused, not taken out of force", async () => {
  await put("second", { other: "x" });
  await expect.poll(() => describeConfigMap("second")).toContain("PipelineRefused");
  expect(await inForce("second")).toMatchObject({ revision: 1 });
});

test("the same text is applied again when the annotation changes", async () => {
  await put("first", { "pipeline.yaml": threshold(0.7) });
  await expect.poll(async () => (await inForce("first"))?.refusal).toBe("");
  const { revision = 0 } = (await inForce("first")) ?? {};
  await put("first", { "pipeline.yaml": threshold(0.7) }, { "rollerblade.io/apply": "again" });
  await expect.poll(async () => (await inForce("first"))?.revision).toBe(revision + 1);
});

test("what a watch does not bring, the timer finds; what may not be reported is applied all the same", async () => {
  await giveRights(["watch", "create", "patch"]);
  await put("third", { "pipeline.yaml": "datasets: [third]\nrules: []\n" });
  await expect.poll(() => inForce("third")).toMatchObject({ revision: 1 });
  await giveRights();
  await expect.poll(() => describeConfigMap("third")).toContain("Applied as revision 1.");
});

test("a ConfigMap that is deleted takes its document out of force", async () => {
  await kubectl(["--namespace", namespace, "delete", "configmap", "third"]);
  await expect.poll(() => inForce("third")).toBeUndefined();
});
