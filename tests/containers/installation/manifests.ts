import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { root } from "../../e2e/world.ts";

/** Where the manifests lie. */
export const manifests = join(root, "k8s");

const readManifests = async (...path: readonly string[]): Promise<unknown[]> =>
  parseAllDocuments(await readFile(join(manifests, ...path), "utf8")).map((document) => document.toJS());

const kustomization = z.tuple([
  z.object({ configMapGenerator: z.tuple([z.object({ literals: z.array(z.string()) })]) }),
]);

/** The settings that every service is given: the ConfigMap of `k8s/base/services`. */
export const readSettings = async (): Promise<Record<string, string>> => {
  const read = await readManifests("base", "services", "kustomization.yaml");
  const [{ configMapGenerator }] = kustomization.parse(read);
  return Object.fromEntries(configMapGenerator[0].literals.map(nameAndValue));
};

const nameAndValue = (literal: string): [string, string] => {
  const at = literal.indexOf("=");
  return [literal.slice(0, at), literal.slice(at + 1).trim()];
};

const variable = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.object({ secretKeyRef: z.object({ key: z.string() }).optional() }).optional(),
});
const statefulSet = z.object({
  kind: z.literal("StatefulSet"),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    template: z.object({
      spec: z.object({
        securityContext: z.object({ runAsUser: z.int(), runAsGroup: z.int() }),
        containers: z.tuple([z.object({ args: z.array(z.string()), env: z.array(variable) })]),
      }),
    }),
  }),
});

/** How a server of a component of `k8s/components` is started. */
export type ServerManifest = {
  readonly name: string;
  readonly args: string[];
  readonly environment: Record<string, string>;
  /** As whom it runs: numbers of a user and a group. */
  readonly user: { readonly id: number; readonly group: number };
};

/** Reads how a component's server is started, with its passwords from the secret `rollerblade-servers`. */
export const readServer = async (
  component: "nats" | "postgres" | "s3",
  secrets: Readonly<Record<string, string>>,
): Promise<ServerManifest> => {
  const documents = await readManifests("components", component, "server.yaml");
  const { metadata, spec } = statefulSet.parse(documents.find((one) => statefulSet.safeParse(one).success));
  const { securityContext, containers } = spec.template.spec;
  // What comes neither from the manifest nor from the secret is the name of the Pod.
  const given = ({ value, valueFrom }: z.output<typeof variable>) =>
    value ?? secrets[valueFrom?.secretKeyRef?.key ?? ""] ?? `${metadata.name}-0`;
  return {
    name: metadata.name,
    args: containers[0].args,
    environment: Object.fromEntries(containers[0].env.map((one) => [one.name, given(one)])),
    user: { id: securityContext.runAsUser, group: securityContext.runAsGroup },
  };
};
