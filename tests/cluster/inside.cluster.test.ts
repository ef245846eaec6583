import { schedulerRoutes, stagingRoutes } from "@rollerblade/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { isOwn, kubectl } from "../../tools/test-cluster/kubectl.ts";
import { until } from "../../tools/test-cluster/until.ts";
import { analyses, type InterruptedRuns, startInterruptedRuns } from "./interrupted-runs.ts";

let it: InterruptedRuns;
const stamp = Date.now().toString(36);

beforeAll(async () => {
  it = await startInterruptedRuns();
});
afterAll(() => it?.close());

const copy = "cp $ROLLERBLADE_IN/t1w.nii.gz $ROLLERBLADE_OUT/copy.nii.gz";

/** What may be reached is first, so that a refusal is no sign of a network that does not work at all. */
const targets = (node: string, server: string, pod: string) => ({
  scheduler: "rollerblade-scheduler.rollerblade:7700",
  bucket: "rollerblade-s3.rollerblade:7070",
  "API server": "kubernetes.default.svc.cluster.local:443",
  "API server by its address": server,
  database: "rollerblade-postgres.rollerblade:5432",
  NATS: "rollerblade-nats.rollerblade:4222",
  "another service": "rollerblade-catalog.rollerblade:7700",
  "another Pod": `${pod}:7700`,
  kubelet: `${node}:10250`,
});

const podAddress = (component: string): Promise<string> =>
  kubectl([
    ...["--namespace", "rollerblade", "get", "pods", "--selector", `app.kubernetes.io/component=${component}`],
    ...["--field-selector", "status.phase=Running", "--output", "jsonpath={.items[0].status.podIP}"],
  ]);

// Policies hold where something enforces them: the test cluster's own agent does.
test.runIf(isOwn())("an analysis reaches the scheduler and the bucket, and nothing else that it tries", async () => {
  const address = 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}';
  const server = "jsonpath={.endpoints[0].addresses[0]}:{.ports[0].port}";
  const asked = targets(
    await kubectl(["get", "nodes", "--output", address]),
    await kubectl(["--namespace", "default", "get", "endpointslice", "kubernetes", "--output", server]),
    await podAddress("gateway"),
  );
  const connect = `const [host, port] = process.argv[1].split(":"); const socket = require("net").connect({ host, port });
    socket.setTimeout(5000, () => socket.destroy(new Error("silence")));
    socket.on("connect", () => { console.log("reached"); process.exit(); }).on("error", (error) => { console.log("refused"); process.exit(); });`;
  const tries = Object.entries(asked).map(([what, where]) => `echo "${what}: $(node -e '${connect}' ${where})"`);
  const run = await it.begin(`outward-${stamp}`, `sleep 2; ${tries.join("; ")}; ${copy}`);
  const [task] = await it.end(run);
  expect(task).toMatchObject({ outcome: "ran" });
  const text = async () => {
    const params = { id: task?.execution ?? "", number: 1 };
    return (await (await it.api()).call(schedulerRoutes.showLog, { params })).text;
  };
  const expected = Object.keys(asked).map((what, at) => `${what}: ${at < 2 ? "reached" : "refused"}`);
  await expect.poll(async () => (await text()).trim().split("\n")).toEqual(expected);
});

const bound = z.object({ status: z.object({ token: z.string() }) });

test("the token of a Pod, sent from another Pod, is refused and says so", async () => {
  const name = `replayed-${stamp}`;
  const run = await it.begin(name, `sleep 30; ${copy}`);
  const working = async () => (await it.pods()).filter(({ analysis, running }) => analysis === name && running);
  await until("two Pods work", async () => (await working()).length > 1, 120);
  const [victim, thief] = await working();
  const path = `/api/v1/namespaces/${analyses}`;
  const pod = JSON.parse(await kubectl(["get", "--raw", `${path}/pods/${victim?.name}`]));
  const boundObjectRef = { kind: "Pod", apiVersion: "v1", name: pod.metadata.name, uid: pod.metadata.uid };
  const input = JSON.stringify({
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { audiences: ["rollerblade"], boundObjectRef },
  });
  const answer = await kubectl(["create", "--raw", `${path}/serviceaccounts/rollerblade-analysis/token`, "-f", "-"], {
    input,
  });
  const { token } = bound.parse(JSON.parse(answer)).status;
  const send = `fetch("http://rollerblade-scheduler.rollerblade:7700${stagingRoutes.inputs.path}", { method: "POST", body: "{}",
    headers: { authorization: "Bearer " + process.argv[1], "content-type": "application/json" } })
    .then(async (answer) => console.log(answer.status, await answer.text()))`;
  const from = (name = "") =>
    kubectl(["--namespace", analyses, "exec", name, "--container", "analysis", "--", "node", "-e", send, token]);
  expect(await from(thief?.name)).toMatch(/^403 .*was sent from/);
  // It is a good one: its own Pod is answered.
  expect(await from(victim?.name)).toMatch(/^200 /);
  await (await it.api()).call(schedulerRoutes.cancelRun, { params: { id: run } });
  await it.end(run);
});
