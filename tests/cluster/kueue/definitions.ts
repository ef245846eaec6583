import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { run } from "../cluster/run.ts";

/** The Kueue that tests run, and whose kinds manifests are validated against. */
export const kueue = { module: "sigs.k8s.io/kueue", version: "v0.15.2" } as const;

/** Where the API server reaches Kueue's webhooks, and by which authority it trusts them. */
export type WebhookDoor = { readonly url: string; readonly caBundle: string };

type Objects = Readonly<Record<string, unknown>>[];

/** Kinds and webhooks of Kueue as its own sources define them, but that Kueue runs beside the cluster and not in it. */
export const kueueObjects = async (door: WebhookDoor): Promise<Objects> => {
  const sources = await sourcesOf(`${kueue.module}@${kueue.version}`);
  const kinds = await documentsIn(join(sources, "config", "components", "crd", "bases"));
  const hooks = await readFile(join(sources, "config", "components", "webhook", "manifests.yaml"), "utf8");
  return [...kinds.map((kind) => converting(kind, door)), ...documents(hooks).map((hook) => ofJobs(hook, door))];
};

/** The folder of a module's sources, brought here once. @throws when there is no such version */
export const sourcesOf = async (module: string): Promise<string> =>
  z
    .object({ Dir: z.string() })
    .parse(JSON.parse(await run("go", ["mod", "download", "-json", module], { cwd: tmpdir() }))).Dir;

const documents = (text: string): Objects =>
  parseAllDocuments(text).map((document) => z.record(z.string(), z.unknown()).parse(document.toJS()));

const documentsIn = async (folder: string): Promise<Objects> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".yaml"));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts.flatMap(documents);
};

const definition = z.looseObject({ spec: z.looseObject({ versions: z.array(z.unknown()) }) });

/** A kind of two versions is kept in the older one: without conversion, what only the newer one has would be lost. */
const converting = (kind: Objects[number], { url, caBundle }: WebhookDoor): Objects[number] => {
  const { spec, ...rest } = definition.parse(kind);
  const clientConfig = { url: `${url}/convert`, caBundle };
  const webhook = { strategy: "Webhook", webhook: { clientConfig, conversionReviewVersions: ["v1"] } };
  return { ...rest, spec: { ...spec, ...(spec.versions.length > 1 && { conversion: webhook }) } };
};

const configuration = z.looseObject({
  webhooks: z.array(
    z.looseObject({
      name: z.string(),
      clientConfig: z.object({ service: z.object({ path: z.string() }) }),
      rules: z.array(z.object({ apiGroups: z.array(z.string()) }).loose()),
    }),
  ),
});

/** Webhooks for Jobs and Kueue's own kinds; those of frameworks that are not there have nobody who answers. */
const ofJobs = (hooks: Objects[number], { url, caBundle }: WebhookDoor): Objects[number] => {
  const { webhooks, ...rest } = configuration.parse(hooks);
  const used = webhooks.filter(({ rules }) =>
    rules.every(({ apiGroups }) => apiGroups.every((group) => group === "batch" || group === "kueue.x-k8s.io")),
  );
  return {
    ...rest,
    webhooks: used.map(({ clientConfig, ...hook }) => ({
      ...hook,
      clientConfig: { url: `${url}${clientConfig.service.path}`, caBundle },
    })),
  };
};
