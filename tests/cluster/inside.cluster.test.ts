import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { schedulerRoutes, stagingRoutes } from "@rollerblade/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
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

type Addresses = Readonly<
  Record<"node" | "server" | "pod" | "bucket" | "names" | "database" | "nats" | "internet", string>
>;

/** What may be reached is first, so that a refusal is no sign of a network that does not work at all. */
const targets = ({ node, server, pod, bucket, names, database, nats, internet }: Addresses) => ({
  "staging door": "rollerblade-scheduler.rollerblade:7700",
  "bucket, by its address": bucket,
  "name server": names,
  "an address of the Internet": internet,
  "API server": "kubernetes.default.svc.cluster.local:443",
  "API server by its address": server,
  database,
  NATS: nats,
  "another service by its name": "rollerblade-catalog.rollerblade:7700",
  "another Pod": `${pod}:7700`,
  kubelet: `${node}:10250`,
});

/** The address of a Service, so that a refusal is that of the network and not of a name that nobody could look up. */
const serviceAddress = async (namespace: string, name: string, port: number): Promise<string> => {
  const output = "jsonpath={.spec.clusterIP}";
  return `${await kubectl(["--namespace", namespace, "get", "service", name, "--output", output])}:${port}`;
};

const podAddress = (component: string): Promise<string> =>
  kubectl([
    ...["--namespace", "rollerblade", "get", "pods", "--selector", `app.kubernetes.io/component=${component}`],
    ...["--field-selector", "status.phase=Running", "--output", "jsonpath={.items[0].status.podIP}"],
  ]);

/** An address of the Internet for documentation (TEST-NET-2, RFC 5737), which this machine has while the test runs. */
const internet = "198.51.100.7";

/** Answers on port 443 of {@link internet}. */
const openInternet = async (): Promise<() => Promise<void>> => {
  const address = (verb: "add" | "del") => promisify(execFile)("ip", ["address", verb, `${internet}/32`, "dev", "lo"]);
  await address("add");
  const server = createServer((socket) => socket.on("error", () => {}).end());
  server.listen(443, internet);
  await once(server, "listening");
  return async () => {
    server.close();
    await address("del");
  };
};

/** A line of a shell script that tells whether an address is reached. */
const tryLine = ([what, where]: readonly [string, string]): string => {
  const connect = `const [host, port] = process.argv[1].split(":"); const socket = require("net").connect({ host, port });
    socket.setTimeout(5000, () => socket.destroy(new Error("silence")));
    socket.on("connect", () => { console.log("reached"); process.exit(); }).on("error", (error) => { console.log("refused"); process.exit(); });`;
  return `echo "${what}: $(node -e '${connect}' ${where})"`;
};

/** Asks a name server by UDP for a name that it knows. */
const askLine = (server: string): string => {
  const ask = `const resolver = new (require("dns").promises.Resolver)({ timeout: 2000, tries: 1 });
    resolver.setServers([process.argv[1]]);
    resolver.resolve4("kubernetes.default.svc.cluster.local").then(() => console.log("answered"), () => console.log("refused"));`;
  return `echo "names: $(node -e '${ask}' ${server})"`;
};

/** What the log of a task's first attempt says, line by line, once it is there. */
const linesOf = async (execution: string): Promise<readonly string[]> => {
  const params = { id: execution, number: 1 };
  return (await (await it.api()).call(schedulerRoutes.showLog, { params })).text.trim().split("\n");
};

// Policies hold where something enforces them: the test cluster's own agent does.
test.runIf(isOwn())("an analysis reaches the staging door, and nothing else that it tries", async () => {
  const address = 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}';
  const server = "jsonpath={.endpoints[0].addresses[0]}:{.ports[0].port}";
  const node = await kubectl(["get", "nodes", "--output", address]);
  const asked = targets({
    node,
    server: await kubectl(["--namespace", "default", "get", "endpointslice", "kubernetes", "--output", server]),
    pod: await podAddress("gateway"),
    bucket: await serviceAddress("rollerblade", "rollerblade-s3", 7070),
    names: await serviceAddress("kube-system", "kube-dns", 53),
    database: await serviceAddress("rollerblade", "rollerblade-postgres", 5432),
    nats: await serviceAddress("rollerblade", "rollerblade-nats", 4222),
    internet: `${internet}:443`,
  });
  const lines = [...Object.entries(asked).map(tryLine), askLine(asked["name server"])];
  const close = await openInternet();
  try {
    const [task] = await it.end(await it.begin(`outward-${stamp}`, `sleep 2; ${lines.join("; ")}; ${copy}`));
    expect(task).toMatchObject({ outcome: "ran" });
    const expected = Object.keys(asked).map((what, at) => `${what}: ${at < 1 ? "reached" : "refused"}`);
    await expect.poll(() => linesOf(task?.execution ?? "")).toEqual([...expected, "names: refused"]);
  } finally {
    await close();
  }
});

test.runIf(isOwn())(
  "an analysis with a network of its own reaches what its policy names, and nothing more",
  async () => {
    const name = `outside-${stamp}`;
    const policy = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name, namespace: analyses },
      spec: {
        podSelector: { matchLabels: { "rollerblade.io/network": "outside" } },
        policyTypes: ["Egress"],
        egress: [{ to: [{ ipBlock: { cidr: `${internet}/32` } }], ports: [{ protocol: "TCP", port: 443 }] }],
      },
    };
    const refused = it.begin(name, copy, "network: outside");
    await expect(refused).rejects.toThrow('the network "outside", which analyses may not reach here: none is set up');
    await setNetworks("ROLLERBLADE_SCHEDULER_NETWORKS=outside");
    await kubectl(["apply", "--filename", "-"], { input: JSON.stringify(policy) });
    const close = await openInternet();
    try {
      const lines = [
        tryLine(["Internet", `${internet}:443`]),
        tryLine(["database", await serviceAddress("rollerblade", "rollerblade-postgres", 5432)]),
      ];
      // The former scheduler still answers for a moment, on connections that were open.
      const begin = () => it.begin(name, `sleep 2; ${lines.join("; ")}; ${copy}`, "network: outside");
      const [task] = await it.end(await vi.waitFor(begin, { timeout: 240_000, interval: 1_000 }));
      expect(task).toMatchObject({ outcome: "ran" });
      await expect.poll(() => linesOf(task?.execution ?? "")).toEqual(["Internet: reached", "database: refused"]);
    } finally {
      await close();
      await kubectl(["--namespace", analyses, "delete", "networkpolicy", name]);
      await setNetworks("ROLLERBLADE_SCHEDULER_NETWORKS-");
    }
  },
);

/** Changes a variable of the scheduler, and waits until the new one is ready. */
const setNetworks = async (variable: string): Promise<void> => {
  const scheduler = ["--namespace", "rollerblade"];
  await kubectl([...scheduler, "set", "env", "deployment/rollerblade-scheduler", variable]);
  await kubectl([...scheduler, "rollout", "status", "deployment/rollerblade-scheduler", "--timeout", "120s"]);
};

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
