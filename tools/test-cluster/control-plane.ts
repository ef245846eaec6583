import { inCluster, ownKubeconfig } from "./folder.ts";

/** The port of the API server, on every address of the machine: Pods reach it there. */
export const apiPort = 16_443;
const etcd = "http://127.0.0.1:12379";
const etcdPeer = "http://127.0.0.1:12380";

/** What Pods and Services have as addresses. */
export const network = {
  pods: "10.244.0.0/24",
  services: "10.96.0.0/16",
  dns: "10.96.0.10",
  bridge: "rbtest0",
} as const;

/** The controller manager's usual 20 requests a second would make 10 Pods a second, whatever the machine can do. */
const hasty = ["--kube-api-qps", "300", "--kube-api-burst", "600"];

/** Certificate signing, cloud and autoscaling controllers have nothing to do here. */
const controllers = [
  "*",
  ...["horizontal-pod-autoscaler-controller", "persistentvolume-attach-detach-controller"],
  ...["certificatesigningrequest-approving-controller", "certificatesigningrequest-cleaner-controller"],
  ...["replicationcontroller-controller", "service-lb-controller", "node-route-controller", "node-ipam-controller"],
].map((name) => (name === "*" ? name : `-${name}`));

const certificate = (name: string): string => inCluster("certs", name);

/** etcd; what it holds is thrown away, so it need not reach the disk. */
export const etcdCommand = (): string[] => [
  ...["etcd", "--data-dir", inCluster("etcd"), "--unsafe-no-fsync", "--log-level", "warn"],
  ...["--listen-client-urls", etcd, "--advertise-client-urls", etcd],
  ...[
    "--listen-peer-urls",
    etcdPeer,
    "--initial-advertise-peer-urls",
    etcdPeer,
    "--initial-cluster",
    `default=${etcdPeer}`,
  ],
];

/** The API server. */
export const apiServerCommand = (address: string): string[] => [
  ...["kube-apiserver", "--etcd-servers", etcd, "--bind-address", "0.0.0.0", "--advertise-address", address],
  ...[
    "--secure-port",
    String(apiPort),
    "--cert-dir",
    inCluster("certs"),
    "--token-auth-file",
    certificate("tokens.csv"),
  ],
  ...["--authorization-mode", "Node,RBAC", "--allow-privileged", "--kubelet-preferred-address-types", "InternalIP"],
  ...["--kubelet-client-certificate", certificate("kubelet-client.crt")],
  ...["--kubelet-client-key", certificate("kubelet-client.key"), "--service-cluster-ip-range", network.services],
  ...["--service-account-issuer", "https://kubernetes.default.svc"],
  ...["--service-account-key-file", certificate("sa.key"), "--service-account-signing-key-file", certificate("sa.key")],
  // Nobody here has to be protected from anybody.
  ...[
    "--enable-priority-and-fairness=false",
    "--max-requests-inflight",
    "800",
    "--max-mutating-requests-inflight",
    "400",
  ],
];

/** The controller manager. */
export const controllerManagerCommand = (): string[] => [
  ...["kube-controller-manager", "--kubeconfig", ownKubeconfig, "--root-ca-file", certificate("apiserver.crt")],
  ...["--service-account-private-key-file", certificate("sa.key"), "--use-service-account-credentials"],
  ...["--leader-elect=false", "--bind-address", "127.0.0.1", "--secure-port", "11257"],
  ...["--controllers", controllers.join(","), ...hasty],
];

/** The scheduler of Pods. */
export const podSchedulerCommand = (): string[] => [
  ...["kube-scheduler", "--kubeconfig", ownKubeconfig, "--leader-elect=false"],
  ...["--bind-address", "127.0.0.1", "--secure-port", "11259", ...hasty],
];

/** What gives Services their addresses. */
export const proxyCommand = (): string[] => [
  ...["kube-proxy", "--kubeconfig", ownKubeconfig, "--hostname-override", "node1", "--cluster-cidr", network.pods],
  ...[
    "--conntrack-max-per-core",
    "0",
    "--conntrack-tcp-timeout-established",
    "0",
    "--conntrack-tcp-timeout-close-wait",
    "0",
  ],
  ...["--metrics-bind-address", "127.0.0.1:11249", "--healthz-bind-address", "127.0.0.1:11256"],
];
