import { network } from "./control-plane.ts";
import { loadImages } from "./images.ts";
import { apply, kubectl } from "./kubectl.ts";
import { buildDns } from "./stand-ins.ts";

/** Gives Services their names. */
export const startDns = async (): Promise<void> => {
  const image = await buildDns();
  await loadImages([image]);
  await apply(JSON.stringify({ apiVersion: "v1", kind: "List", items: objects(image) }));
  await kubectl(["--namespace", "kube-system", "rollout", "status", "deployment/coredns", "--timeout", "180s"]);
};

const labels = { "k8s-app": "kube-dns" };
const metadata = (name: string) => ({ name, namespace: "kube-system", labels });

const corefile = `.:53 {
  errors
  ready
  kubernetes cluster.local in-addr.arpa {
    ttl 5
  }
  cache 5
}
`;

const objects = (image: string) => [
  { apiVersion: "v1", kind: "ServiceAccount", metadata: metadata("coredns") },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "rollerblade-test:coredns" },
    rules: [
      { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "rollerblade-test:coredns" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "rollerblade-test:coredns" },
    subjects: [{ kind: "ServiceAccount", name: "coredns", namespace: "kube-system" }],
  },
  { apiVersion: "v1", kind: "ConfigMap", metadata: metadata("coredns"), data: { Corefile: corefile } },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata("kube-dns"),
    spec: {
      clusterIP: network.dns,
      selector: labels,
      ports: [
        { name: "dns", port: 53, protocol: "UDP" },
        { name: "dns-tcp", port: 53, protocol: "TCP" },
      ],
    },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata("coredns"),
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: "coredns",
          dnsPolicy: "Default",
          containers: [
            {
              name: "coredns",
              image,
              args: ["-conf", "/etc/coredns/Corefile"],
              resources: { requests: { cpu: "10m", memory: "32Mi" } },
              readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 2 },
              volumeMounts: [{ name: "config", mountPath: "/etc/coredns" }],
            },
          ],
          volumes: [{ name: "config", configMap: { name: "coredns" } }],
        },
      },
    },
  },
];
