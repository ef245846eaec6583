import { mkdir, writeFile } from "node:fs/promises";
import { network } from "./control-plane.ts";
import { inCluster, ownKubeconfig } from "./folder.ts";

/** The cgroup under which all Pods are, beside those of any other engine of the machine. */
export const cgroup = "/rollerblade-cluster";

/** The image of the process that holds a Pod's network. */
export const pauseImage = "registry.k8s.io/pause:3.10";

/** Writes the configuration of container runtime, network and kubelet. */
export const configureNode = async (): Promise<void> => {
  await mkdir(inCluster("cni"), { recursive: true });
  await writeFile(inCluster("containerd.toml"), containerd());
  await writeFile(inCluster("cni", "10-bridge.conflist"), JSON.stringify(podNetwork(), null, 1));
  await writeFile(inCluster("kubelet.yaml"), JSON.stringify(kubelet(), null, 1));
};

/** The container runtime. */
export const containerdCommand = (): string[] => ["containerd", "-c", inCluster("containerd.toml")];

/** The kubelet of the one node. */
export const kubeletCommand = (address: string): string[] => [
  ...["kubelet", "--config", inCluster("kubelet.yaml"), "--kubeconfig", ownKubeconfig, "--hostname-override", "node1"],
  ...["--root-dir", inCluster("kubelet"), "--node-ip", address, "--housekeeping-interval", "30s"],
];

// Restricted machines may not lower oom_score_adj: without restrict_oom_score_adj no Pod starts there.
const containerd = (): string => `version = 2
root = "${inCluster("containerd")}"
state = "${inCluster("containerd-state")}"
[grpc]
  address = "${inCluster("containerd.sock")}"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  sandbox_image = "${pauseImage}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cniPlugins}"
    conf_dir = "${inCluster("cni")}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
`;

/** Where Debian's package containernetworking-plugins puts them. */
export const cniPlugins = "/usr/lib/cni";

// The firewall plugin lets Pods' traffic through where another engine set the policy of FORWARD to DROP.
const podNetwork = () => ({
  cniVersion: "0.4.0",
  name: "pods",
  plugins: [
    {
      type: "bridge",
      bridge: network.bridge,
      isGateway: true,
      hairpinMode: true,
      ipMasq: false,
      ipam: {
        type: "host-local",
        dataDir: inCluster("cni-state"),
        ranges: [[{ subnet: network.pods }]],
        routes: [{ dst: "0.0.0.0/0" }],
      },
    },
    { type: "firewall" },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
});

const kubelet = () => ({
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  address: "0.0.0.0",
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: inCluster("certs", "ca.crt") },
  },
  authorization: { mode: "Webhook" },
  cgroupDriver: "cgroupfs",
  cgroupRoot: cgroup,
  failCgroupV1: false,
  failSwapOn: false,
  enforceNodeAllocatable: [],
  containerRuntimeEndpoint: `unix://${inCluster("containerd.sock")}`,
  evictionHard: {
    "memory.available": "100Mi",
    "nodefs.available": "1%",
    "imagefs.available": "1%",
    "nodefs.inodesFree": "1%",
  },
  imageGCHighThresholdPercent: 100,
  maxPods: 200,
  podLogsDir: inCluster("podlogs"),
  clusterDomain: "cluster.local",
  clusterDNS: [network.dns],
  healthzBindAddress: "127.0.0.1",
  kubeAPIQPS: 100,
  kubeAPIBurst: 200,
  eventRecordQPS: 0,
});
