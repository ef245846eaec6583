import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { inCluster } from "./folder.ts";
import { run } from "./run.ts";

/** Makes the keys of a cluster that lives for a day, and the kubeconfig of its administrator. */
export const makeCertificates = async (apiPort: number): Promise<void> => {
  await mkdir(inCluster("certs"), { recursive: true, mode: 0o700 });
  const at = (name: string) => inCluster("certs", name);
  const days = ["-days", "30"];
  // Each Pod gets a token: a curve signs it in a tenth of the time.
  await run("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", at("sa.key")]);
  await run("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...days, "-subj", "/CN=rollerblade-test"],
    ...["-keyout", at("ca.key"), "-out", at("ca.crt")],
  ]);
  const subject = "/O=system:masters/CN=kube-apiserver-kubelet-client";
  const request = await run("openssl", [
    ...["req", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", at("kubelet-client.key")],
  ]);
  const sign = ["x509", "-req", ...days, "-CA", at("ca.crt"), "-CAkey", at("ca.key"), "-CAcreateserial"];
  await run("openssl", [...sign, "-out", at("kubelet-client.crt")], { input: request });
  const token = randomBytes(16).toString("hex");
  await writeFile(at("tokens.csv"), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  await writeFile(inCluster("kubeconfig"), kubeconfig(apiPort, token), { mode: 0o600 });
};

const kubeconfig = (port: number, token: string): string => `apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://127.0.0.1:${port}", insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: ${token}}}]
contexts: [{name: test, context: {cluster: test, user: admin}}]
current-context: test
`;
