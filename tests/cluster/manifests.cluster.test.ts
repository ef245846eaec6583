import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { repository } from "../../tools/test-cluster/folder.ts";
import { apply, kubectl } from "../../tools/test-cluster/kubectl.ts";
import { kueue, sourcesOf } from "./kueue/sources.ts";

const k8s = join(repository, "k8s");
const work = await mkdtemp(join(tmpdir(), "rollerblade-manifests-"));

/** Modules whose sources hold the definitions of the kinds that components use. */
const definitions = [
  {
    module: `${kueue.module}@${kueue.version}`,
    folder: "config/components/crd/bases",
    files: /(clusterqueues|localqueues|flavors)/,
  },
  { module: "github.com/kedacore/keda/v2@v2.21.0", folder: "config/crd/bases", files: /scaledobjects/ },
  {
    module: "github.com/prometheus-operator/prometheus-operator@v0.85.0",
    folder: "example/prometheus-operator-crd",
    files: /(podmonitors|prometheusrules)/,
  },
] as const;

beforeAll(async () => {
  for (const file of ["namespace.yaml", "analyses/namespace.yaml", "pipelines/namespace.yaml"]) {
    await kubectl(["apply", "-f", join(k8s, "base", file)]);
  }
  for (const { module, folder, files } of definitions) {
    const from = join(await sourcesOf(module), folder);
    const names = (await readdir(from)).filter((name) => files.test(name));
    await kubectl([
      "apply",
      "--server-side",
      "--force-conflicts",
      ...names.flatMap((name) => ["-f", join(from, name)]),
    ]);
  }
  await kubectl(["wait", "--for", "condition=Established", "crd", "--all", "--timeout", "60s"]);
}, 600_000);

afterAll(() => rm(work, { recursive: true }));

const overlays = await readdir(join(k8s, "overlays"));
const components = await readdir(join(k8s, "components"));

const listed = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});

/** A Job cannot be changed, and an installation that is there already has one of that name. */
const renamed = (object: z.output<typeof listed>): z.output<typeof listed> =>
  object.kind === "Job"
    ? { ...object, metadata: { ...object.metadata, name: `${object.metadata.name}-test` } }
    : object;

/** All that the server says when it is asked to take the manifests, without doing so. */
const validate = async (folder: string): Promise<string> => {
  const items = parseAllDocuments(await kubectl(["kustomize", folder])).map((document) =>
    renamed(listed.parse(document.toJS())),
  );
  const options = [
    "--server-side",
    "--dry-run=server",
    "--validate=strict",
    "--force-conflicts",
    "--field-manager=test",
  ];
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  return kubectl(["apply", ...options, "--warnings-as-errors", "-f", "-"], { input });
};

test.each(["base", ...overlays.map((name) => `overlays/${name}`)])(
  "the real API server takes every object of %s, with validation and Pod Security",
  async (folder) => {
    expect(await validate(join(k8s, folder))).toContain("deployment.apps/rollerblade-scheduler serverside-applied");
  },
);

const added = components.filter((name) => !["postgres", "nats", "nats-cluster", "s3"].includes(name));

test.each(added)("it takes the component %s beside the production overlay", async (name) => {
  const folder = await mkdtemp(join(work, `${name}-`));
  const path = (...parts: string[]) => relative(folder, join(k8s, ...parts));
  const parts = { resources: [path("overlays", "production")], components: [path("components", name)] };
  const header = { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization" };
  await writeFile(join(folder, "kustomization.yaml"), JSON.stringify({ ...header, ...parts }));
  expect(await validate(folder)).toContain("serverside-applied");
});

test.each(["rollerblade", "rollerblade-analyses", "rollerblade-pipelines"])(
  "%s refuses a Pod that is not restricted",
  async (namespace) => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "root", namespace },
      spec: {
        containers: [{ name: "root", image: "registry.k8s.io/pause:3.10", securityContext: { privileged: true } }],
      },
    };
    await expect(apply(JSON.stringify(pod))).rejects.toThrow('violates PodSecurity "restricted:latest"');
  },
);
