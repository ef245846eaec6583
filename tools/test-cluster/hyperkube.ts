import { buildGoModule } from "./go-program.ts";

/** The Kubernetes that the sources in `hyperkube/` are of. */
const kubernetesVersion = "v1.35.4";

const version = "k8s.io/component-base/version";
const [, major, minor] = /^v(\d+)\.(\d+)/.exec(kubernetesVersion) ?? [];

/** All of Kubernetes' servers, etcd and kubectl in one program, built at the first call. */
export const buildHyperkube = (): Promise<string> =>
  buildGoModule("hyperkube", "hyperkube", [
    `-X ${version}.gitVersion=${kubernetesVersion}`,
    `-X ${version}.gitMajor=${major}`,
    `-X ${version}.gitMinor=${minor}`,
  ]);
