import { checkImage, checkRights } from "@rollerblade/doctor";
import { connectCluster, schedulerRights } from "@rollerblade/kubernetes";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apply, kubeconfig, kubectl } from "../../tools/test-cluster/kubectl.ts";

const namespace = `rollerblade-doctor-${process.pid}`;
const client = await connectCluster({ kubeconfig: kubeconfig() });
const scheduler = {
  executor: "kubernetes",
  serviceAccount: "rollerblade-analysis",
  stagingImage: "rollerblade/rollerblade:0.1.0",
};

beforeAll(async () => {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await apply(JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } }));
  for (const name of [scheduler.serviceAccount, "powerless"]) {
    await kubectl(["--namespace", namespace, "create", "serviceaccount", name]);
  }
});

afterAll(async () => {
  client.close();
  await kubectl(["delete", "namespace", namespace, "--wait=false"], { mayFail: true });
});

test("a Pod that can run as analyses do says so, and leaves nothing behind", async () => {
  expect(await checkImage(client, namespace, scheduler)).toEqual([
    expect.objectContaining({ check: "analyses", state: "good" }),
  ]);
  await expect.poll(() => kubectl(["--namespace", namespace, "get", "jobs", "--output", "name"])).toBe("");
});

test("an image that cannot be pulled is named", async () => {
  const findings = await checkImage(client, namespace, { ...scheduler, stagingImage: "no-such.invalid/image:1" });
  expect(findings).toEqual([
    expect.objectContaining({
      state: "bad",
      message: expect.stringContaining("no-such.invalid/image:1 cannot be pulled"),
    }),
  ]);
});

test("a service account that is not there is reported in the cluster's own words", async () => {
  const findings = await checkImage(client, namespace, { ...scheduler, serviceAccount: "nobody" });
  expect(findings).toEqual([
    expect.objectContaining({
      state: "bad",
      message: expect.stringMatching(/refuses Pods: .*serviceaccount "nobody" not found/),
    }),
  ]);
});

test("a quota that refuses Pods is reported in the cluster's own words", async () => {
  const metadata = { name: "none", namespace };
  await apply(JSON.stringify({ apiVersion: "v1", kind: "ResourceQuota", metadata, spec: { hard: { pods: "0" } } }));
  // A quota counts from when its controller has seen it.
  const seen = ["get", "resourcequota", "none", "--output", "jsonpath={.status.hard.pods}"];
  await expect.poll(() => kubectl(["--namespace", namespace, ...seen])).toBe("0");
  const findings = await checkImage(client, namespace, scheduler);
  expect(findings).toEqual([
    expect.objectContaining({ state: "bad", message: expect.stringMatching(/refuses Pods: .*exceeded quota/) }),
  ]);
});

test("each right that an account lacks is named with its verb", async () => {
  expect(await checkRights(client, namespace, schedulerRights)).toEqual([
    expect.objectContaining({ state: "good", message: `All ${schedulerRights.length} are given.` }),
  ]);
  const token = (await kubectl(["--namespace", namespace, "create", "token", "powerless"])).trim();
  const powerless = await connectCluster({ kubeconfig: kubeconfig(), token });
  const findings = await checkRights(powerless, namespace, schedulerRights);
  powerless.close();
  expect(findings).toHaveLength(schedulerRights.length);
  expect(findings[0]).toMatchObject({ state: "bad", message: "This account may not create jobs.batch." });
});
