import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { kubectl, kubectlEnvironment } from "../../tools/test-cluster/kubectl.ts";
import { root } from "../e2e/world.ts";

/** Installs Rollerblade as the documentation says, or brings what is there up to date, and waits until every service is ready. */
export const install = async (): Promise<void> => {
  const env = { ...process.env, ...(await kubectlEnvironment()) };
  await promisify(execFile)(join(root, "k8s", "create-secrets.sh"), { env, cwd: root });
  await kubectl(["--namespace", "rollerblade", "delete", "job", "rollerblade-migrate", "--ignore-not-found"]);
  await kubectl(["apply", "--kustomize", join(root, "k8s", "overlays", "local")]);
  await kubectl(["--namespace", "rollerblade", "rollout", "status", "deployment", "--timeout", "600s"]);
};

/** Puts a pipeline document in force by a ConfigMap. */
export const applyPipeline = async (name: string, text: string): Promise<void> => {
  const metadata = { name, namespace: "rollerblade-pipelines", labels: { "rollerblade.io/pipeline": "true" } };
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "pipeline.yaml": text } };
  await kubectl(["apply", "--filename", "-"], { input: JSON.stringify(configMap) });
};
