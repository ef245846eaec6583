import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../libs/object-store/src/testing/free-port.ts";
import { installGoProgram } from "../cluster/go-program.ts";
import { kubeconfig, kubectl } from "../cluster/kubectl.ts";
import { run } from "../cluster/run.ts";
import { until } from "../cluster/until.ts";
import { kueue, kueueObjects } from "./definitions.ts";

/**
 * Starts the real Kueue beside the cluster, with its kinds, its conversion and its webhooks for Jobs.
 * @returns how to end it; nothing of it is left then, and Jobs are nobody's business again
 */
export const startKueue = async (): Promise<() => Promise<void>> => {
  const program = await installGoProgram(`${kueue.module}/cmd/kueue`, kueue.version);
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-kueue-"));
  const [webhooks, health, metrics] = [await port(), await port(), await port()];
  const caBundle = await makeCertificate(folder);
  const objects = await kueueObjects({ url: `https://127.0.0.1:${webhooks}`, caBundle });
  const names = objects.map(({ kind, metadata }) => `${kind}/${nameOf(metadata)}`);
  await writeFile(join(folder, "config.yaml"), JSON.stringify(configuration(folder, { webhooks, health, metrics })));
  const [kinds, hooks] = [objects.filter(isKind), objects.filter((object) => !isKind(object))];
  await put(kinds);
  await kubectl(["wait", "--for", "condition=Established", "crd", ...kinds.map(({ metadata }) => nameOf(metadata))]);
  const log = openSync(join(folder, "kueue.log"), "a");
  const options = ["--config", join(folder, "config.yaml"), "--feature-gates", "VisibilityOnDemand=false"];
  const child = spawn(program, options, {
    stdio: ["ignore", log, log],
    env: { ...process.env, KUBECONFIG: kubeconfig(), POD_NAMESPACE: "kube-system" },
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  process.once("exit", () => child.kill("SIGKILL"));
  const stop = async (): Promise<void> => {
    for (const hook of names.filter((name) => name.includes("WebhookConfiguration")))
      await kubectl(["delete", hook, "--ignore-not-found"]);
    // Its finalizers go while it can still take them away.
    for (const kind of ["workloads", "localqueues", "clusterqueues", "resourceflavors"])
      await kubectl(["delete", `${kind}.kueue.x-k8s.io`, "--all", "--all-namespaces", "--timeout", "60s"]);
    child.kill("SIGTERM");
    await ended;
    await kubectl(["delete", "crd", ...kinds.map(({ metadata }) => nameOf(metadata)), "--timeout", "60s"]);
    await rm(folder, { recursive: true });
  };
  try {
    const ready = async () => (await fetch(`http://127.0.0.1:${health}/readyz`)).ok;
    await until("Kueue is ready", ready, 120);
    await put(hooks);
    return stop;
  } catch (error) {
    const words = (await readFile(join(folder, "kueue.log"), "utf8")).slice(-3_000);
    await stop();
    throw new Error(`Kueue cannot be started:\n${words}`, { cause: error });
  }
};

const port = (): Promise<number> => freePort("127.0.0.1");

type Objects = Awaited<ReturnType<typeof kueueObjects>>;

const isKind = ({ kind }: Objects[number]): boolean => kind === "CustomResourceDefinition";

const nameOf = (metadata: unknown): string =>
  typeof metadata === "object" && metadata !== null && "name" in metadata ? String(metadata.name) : "";

/** Server-side: the definitions are too large for the annotation of a client's apply. */
const put = (items: Objects): Promise<string> =>
  kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], {
    input: JSON.stringify({ apiVersion: "v1", kind: "List", items }),
  });

/** Makes the key of the webhooks. @returns its certificate, as the API server wants it */
const makeCertificate = async (folder: string): Promise<string> => {
  const certificate = join(folder, "tls.crt");
  await run("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"],
    ...["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", join(folder, "tls.key"), "-out", certificate],
  ]);
  return (await readFile(certificate)).toString("base64");
};

type Ports = { readonly webhooks: number; readonly health: number; readonly metrics: number };

const configuration = (certDir: string, { webhooks, health, metrics }: Ports) => ({
  apiVersion: "config.kueue.x-k8s.io/v1beta2",
  kind: "Configuration",
  health: { healthProbeBindAddress: `127.0.0.1:${health}` },
  metrics: { bindAddress: `127.0.0.1:${metrics}` },
  webhook: { host: "127.0.0.1", port: webhooks, certDir },
  leaderElection: { leaderElect: false },
  internalCertManagement: { enable: false },
  integrations: { frameworks: ["batch/job"] },
});
