import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Problem } from "@rollerblade/errors";
import { parse } from "yaml";
import { z } from "zod";

/** Where the API server of a cluster is, and as whom to speak to it. */
export type ClusterAddress = {
  /** For example `https://10.96.0.1:443`. */
  readonly server: string;
  /** The namespace that we run in, or that the kubeconfig names. */
  readonly namespace: string;
  /** Read at every request where it comes from a file: the kubelet renews it there. */
  token(): string | undefined;
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Whether the server's certificate is not checked. */
  readonly insecure: boolean;
};

/** What the kubelet puts into every Pod that has a service account. */
const mounted = "/var/run/secrets/kubernetes.io/serviceaccount";

const kubeconfig = z.object({
  "current-context": z.string(),
  contexts: z.array(
    z.object({
      name: z.string(),
      context: z.object({ cluster: z.string(), user: z.string(), namespace: z.string().optional() }),
    }),
  ),
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({
        server: z.url(),
        "certificate-authority": z.string().optional(),
        "certificate-authority-data": z.string().optional(),
        "insecure-skip-tls-verify": z.boolean().default(false),
      }),
    }),
  ),
  users: z.array(
    z.object({
      name: z.string(),
      user: z.object({
        token: z.string().optional(),
        tokenFile: z.string().optional(),
        "client-certificate": z.string().optional(),
        "client-certificate-data": z.string().optional(),
        "client-key": z.string().optional(),
        "client-key-data": z.string().optional(),
      }),
    }),
  ),
});

/**
 * The cluster that `KUBECONFIG` names, else the one that we run in. Users whose credentials a program makes are not supported:
 * services run in the cluster, with a service account.
 * @throws Problem `invalid` when there is neither, or the file lacks a part
 */
export const readClusterAddress = (environment: NodeJS.ProcessEnv = process.env): ClusterAddress => {
  const path = environment.KUBECONFIG;
  if (path !== undefined && path !== "") return fromKubeconfig(path);
  const host = environment.KUBERNETES_SERVICE_HOST;
  if (host === undefined || !existsSync(`${mounted}/token`)) throw noCluster();
  const port = environment.KUBERNETES_SERVICE_PORT ?? "443";
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    namespace: readFileSync(`${mounted}/namespace`, "utf8").trim(),
    token: () => readFileSync(`${mounted}/token`, "utf8").trim(),
    ca: readFileSync(`${mounted}/ca.crt`, "utf8"),
    cert: undefined,
    key: undefined,
    insecure: false,
  };
};

const fromKubeconfig = (path: string): ClusterAddress => {
  const parsed = kubeconfig.safeParse(parse(readFileSync(path, "utf8")));
  if (!parsed.success) throw notAKubeconfig(path, z.prettifyError(parsed.error));
  const { data } = parsed;
  const context = data.contexts.find(({ name }) => name === data["current-context"])?.context;
  const cluster = data.clusters.find(({ name }) => name === context?.cluster)?.cluster;
  const user = data.users.find(({ name }) => name === context?.user)?.user;
  if (context === undefined || cluster === undefined || user === undefined)
    throw notAKubeconfig(path, "the current context lacks its cluster or user");
  const file = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : readFileSync(resolve(dirname(path), name), "utf8");
  const data64 = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : Buffer.from(text, "base64").toString("utf8");
  return {
    server: cluster.server,
    namespace: context.namespace ?? "default",
    token: () => user.token ?? file(user.tokenFile)?.trim(),
    ca: data64(cluster["certificate-authority-data"]) ?? file(cluster["certificate-authority"]),
    cert: data64(user["client-certificate-data"]) ?? file(user["client-certificate"]),
    key: data64(user["client-key-data"]) ?? file(user["client-key"]),
    insecure: cluster["insecure-skip-tls-verify"],
  };
};

const noCluster = (): Problem =>
  new Problem({
    code: "invalid",
    message: "There is no cluster to speak to.",
    subject: "KUBECONFIG",
    next: "Run in a Pod with a service account, or set KUBECONFIG to the path of a kubeconfig.",
  });

const notAKubeconfig = (path: string, why: string): Problem =>
  new Problem({
    code: "invalid",
    message: `${path} cannot be used as a kubeconfig: ${why}.`,
    subject: "KUBECONFIG",
    next: "Write one with `kubectl config view --flatten --minify`; it needs a token or a client certificate.",
  });
