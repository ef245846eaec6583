/**
 * Makes the NetworkPolicies of the cluster's one node hold, since its network plugin does not: follows policies, namespaces and Pods, and
 * gives nftables the rules that follow from them. A helper of tests: it knows IPv4, one node, and ports by number.
 */
import { connectCluster, reflect } from "@rollerblade/kubernetes";
import { z } from "zod";
import { network } from "../control-plane.ts";
import { ownKubeconfig } from "../folder.ts";
import { printProgress } from "../progress.ts";
import { run } from "../run.ts";
import { type Namespace, type Pod, type Policy, policySchema } from "./objects.ts";
import { nftables } from "./rules.ts";
import { policyTable } from "./table.ts";

const client = await connectCluster({ kubeconfig: ownKubeconfig });
const { signal } = new AbortController();
const metadata = z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) });
const podSchema = z.object({
  metadata: metadata.extend({ namespace: z.string() }),
  spec: z.object({ hostNetwork: z.boolean().default(false) }),
  status: z.object({ phase: z.string().default(""), podIP: z.string().default("") }).prefault({}),
});

type NamedPod = Pod & { readonly name: string };

/** A Pod that has no address, or no longer, is of no matter. */
const readPod = (object: unknown): NamedPod => {
  const { metadata, spec, status } = podSchema.parse(object);
  const { name, namespace, labels } = metadata;
  const over = status.phase === "Succeeded" || status.phase === "Failed";
  return { name, namespace, labels, address: spec.hostNetwork || over ? "" : status.podIP };
};
const readNamespace = (object: unknown): Namespace => z.object({ metadata }).parse(object).metadata;

const policies = new Map<string, Policy>();
const namespaces = new Map<string, Namespace>();
const pods = new Map<string, NamedPod>();

const written = { rules: "" };
const write = async (): Promise<void> => {
  const rules = nftables(policyTable, network.pods, {
    policies: [...policies.values()],
    namespaces: [...namespaces.values()],
    pods: [...pods.values()].filter(({ address }) => address !== ""),
  });
  if (rules === written.rules) return;
  await run("nft", ["-f", "-"], { input: rules });
  written.rules = rules;
};

/** One after the other; changes that come meanwhile share the next one. */
const writer = { busy: false, again: false };
const changed = async (): Promise<void> => {
  writer.again = true;
  if (writer.busy) return;
  writer.busy = true;
  while (writer.again) {
    writer.again = false;
    await write().catch((error: unknown) => printProgress(`the rules were not taken: ${error}`));
  }
  writer.busy = false;
};

const follow = <T>(path: string, known: Map<string, T>, read: (object: unknown) => T, nameOf: (item: T) => string) =>
  reflect(client, {
    path,
    // Pods of pretended nodes have no network; the field is one of Pods alone.
    query: path.endsWith("/pods") ? { fieldSelector: "spec.nodeName=node1" } : {},
    signal,
    digest: read,
    changed: (item) => {
      known.set(nameOf(item), item);
      void changed();
    },
    removed: (item) => {
      known.delete(nameOf(item));
      void changed();
    },
    listed: (items) => {
      known.clear();
      for (const item of items) known.set(nameOf(item), item);
      void changed();
    },
    failed: (error) => printProgress(`${path} cannot be followed: ${error}`),
  });

const inNamespace = ({ namespace, name }: { readonly namespace: string; readonly name: string }) =>
  `${namespace}/${name}`;

// While the API server is away nothing but pauses is left, and these hold no process.
setInterval(() => {}, 60_000);
await Promise.all([
  follow("/api/v1/namespaces", namespaces, readNamespace, ({ name }) => name),
  follow("/api/v1/pods", pods, readPod, inNamespace),
  follow("/apis/networking.k8s.io/v1/networkpolicies", policies, (object) => policySchema.parse(object), inNamespace),
]);
