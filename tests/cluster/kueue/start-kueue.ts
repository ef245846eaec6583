import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { installGoProgram } from "../../../tools/test-cluster/go-program.ts";
import { buildImage } from "../../../tools/test-cluster/images/build-image.ts";
import { loadImages } from "../../../tools/test-cluster/images.ts";
import { kubectl } from "../../../tools/test-cluster/kubectl.ts";
import { kueue, sourcesOf } from "./sources.ts";

const image = { name: "registry.k8s.io/kueue/kueue", tag: kueue.version } as const;

/**
 * Installs Kueue in the cluster by its own manifests, from its own sources.
 * @returns how to take it away again with all its queues
 */
export const startKueue = async (): Promise<() => Promise<void>> => {
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-kueue-"));
  await makeImage(join(folder, "image"));
  await writeFile(join(folder, "kustomization.yaml"), JSON.stringify(await installation(folder)));
  await kubectl(["apply", "--server-side", "--force-conflicts", "--kustomize", folder]);
  const stop = async (): Promise<void> => {
    await removeQueues();
    await kubectl(["delete", "--kustomize", folder, "--ignore-not-found", "--timeout", "120s"]);
    await rm(folder, { recursive: true });
  };
  try {
    await kubectl([...ofKueue, "rollout", "status", "deployment/kueue-controller-manager", "--timeout", "180s"]);
    return stop;
  } catch (error) {
    const words = await kubectl([...ofKueue, "logs", "deployment/kueue-controller-manager", "--tail", "20"], {
      mayFail: true,
    });
    await stop();
    throw new Error(`Kueue does not start:\n${words}`, { cause: error });
  }
};

const ofKueue = ["--namespace", "kueue-system"];

const makeImage = async (folder: string): Promise<void> => {
  await cp(await installGoProgram(`${kueue.module}/cmd/kueue`, kueue.version), join(folder, "manager"));
  const dockerfile = 'FROM scratch\nCOPY manager /manager\nUSER 65532:65532\nENTRYPOINT ["/manager"]\n';
  await writeFile(join(folder, "Dockerfile"), dockerfile);
  const name = `${image.name}:${image.tag}`;
  await buildImage(folder, name);
  await loadImages([name]);
};

/** Its manifests as they are, but for an image that is here already, a small node, and no API server of its own beside the cluster's. */
const installation = async (folder: string) => ({
  apiVersion: "kustomize.config.k8s.io/v1beta1",
  kind: "Kustomization",
  resources: [relative(folder, join(await sourcesOf(`${kueue.module}@${kueue.version}`), "config", "default"))],
  images: [
    { name: "us-central1-docker.pkg.dev/k8s-staging-images/kueue/kueue", newName: image.name, newTag: image.tag },
  ],
  patches: [
    {
      target: { kind: "Deployment", name: "kueue-controller-manager" },
      patch: JSON.stringify([
        { op: "replace", path: `${container}/imagePullPolicy`, value: "IfNotPresent" },
        { op: "replace", path: `${container}/resources/requests`, value: { cpu: "20m", memory: "128Mi" } },
        { op: "add", path: `${container}/args/-`, value: "--feature-gates=VisibilityOnDemand=false" },
      ]),
    },
    {
      target: { kind: "APIService" },
      patch: JSON.stringify({
        $patch: "delete",
        apiVersion: "apiregistration.k8s.io/v1",
        kind: "APIService",
        metadata: { name: "any" },
      }),
    },
  ],
});

const container = "/spec/template/spec/containers/0";

/** While somebody is there to take their finalizers away. */
const removeQueues = async (): Promise<void> => {
  for (const kind of ["workloads", "localqueues", "clusterqueues", "resourceflavors"])
    await kubectl(["delete", `${kind}.kueue.x-k8s.io`, "--all", "--all-namespaces", "--timeout", "60s"], {
      mayFail: true,
    });
};
