import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";

const folder = join(import.meta.dirname, "../../k8s");

const container = z.looseObject({
  name: z.string(),
  image: z.string().optional(),
  args: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  resources: z.object({ limits: z.record(z.string(), z.unknown()).default({}) }).optional(),
});
const manifest = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string().optional(), namespace: z.string().optional() }).optional(),
  $patch: z.string().optional(),
  resources: z.array(z.string()).optional(),
  spec: z.unknown().optional(),
});
type Manifest = z.output<typeof manifest>;

const manifestsOf = (file: string): Manifest[] =>
  parseAllDocuments(readFileSync(join(folder, file), "utf8")).flatMap((document) => {
    const parsed = manifest.safeParse(document.toJS());
    return parsed.success ? [parsed.data] : [];
  });
const files = globSync("**/*.yaml", { cwd: folder });
const all = files.flatMap((file) => manifestsOf(file).map((one) => ({ file, ...one })));

const pods = z.looseObject({
  template: z.looseObject({
    spec: z.looseObject({
      containers: z.array(container).default([]),
      initContainers: z.array(container).default([]),
    }),
  }),
});
/** Containers that are declared here: a patch of one has no image. */
const containers = all.flatMap(({ file, kind, spec }) => {
  if (!["Deployment", "StatefulSet", "DaemonSet", "Job"].includes(kind)) return [];
  const parsed = pods.safeParse(spec);
  if (!parsed.success) return [];
  const { containers, initContainers } = parsed.data.template.spec;
  return [...containers, ...initContainers]
    .filter(({ image }) => image !== undefined)
    .map((one) => ({ where: `${file}: ${one.name}`, ...one }));
});

test("every container has a limit of processors and of memory, so that none takes those of others", () => {
  expect(containers.length).toBeGreaterThan(6);
  const without = containers.filter(({ resources }) => !(resources?.limits.cpu && resources.limits.memory));
  expect(without.map(({ where }) => where)).toEqual([]);
});

test("no secret stands in a command line, which everybody on the node can read", () => {
  const secret = /\$\((?=[A-Z_]*(PASSWORD|SECRET|TOKEN|KEY|SEED|URL))/;
  const told = containers.filter(({ args, command }) => [...args, ...command].some((word) => secret.test(word)));
  expect(told.map(({ where }) => where)).toEqual([]);
});

test("every overlay shuts the Pods of analyses in: the policy is in the base, and nothing takes it away", () => {
  const overlays = files.filter((file) => /^overlays\/[^/]+\/kustomization\.yaml$/.test(file));
  expect(overlays.length).toBeGreaterThan(1);
  for (const file of overlays)
    expect([file, manifestsOf(file).flatMap(({ resources }) => resources ?? [])]).toEqual([
      file,
      expect.arrayContaining(["../../base"]),
    ]);
  expect(manifestsOf("base/kustomization.yaml")[0]?.resources).toContain("analyses");
  expect(manifestsOf("base/analyses/kustomization.yaml")[0]?.resources).toContain("network-policy.yaml");
  expect(manifestsOf("base/analyses/network-policy.yaml").map(({ spec }) => spec)).toEqual([
    {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      egress: [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "rollerblade" } },
              podSelector: { matchLabels: { "app.kubernetes.io/component": "scheduler" } },
            },
          ],
          ports: [{ protocol: "TCP", port: 7700 }],
        },
      ],
    },
  ]);
  // A second policy of the namespace would add to the first.
  const others = all.filter(
    ({ kind, metadata, file }) =>
      kind === "NetworkPolicy" &&
      metadata?.namespace === "rollerblade-analyses" &&
      file !== "base/analyses/network-policy.yaml",
  );
  expect(others.map(({ file }) => file)).toEqual([]);
  for (const file of files) expect(readFileSync(join(folder, file), "utf8"), file).not.toContain("$patch: delete");
});

/** As whom documents of ConfigMaps act, by the file that says so: names of users by namespace. */
const actors = files.flatMap((file) => {
  const found = /ROLLERBLADE_PIPELINE_ROUTER_NAMESPACES, value: '(\{.*?\})'/.exec(
    readFileSync(join(folder, file), "utf8"),
  );
  return found === null ? [] : [[file, z.record(z.string(), z.string()).parse(JSON.parse(found[1] ?? ""))] as const];
});

test("whoever writes ConfigMaps acts as a user of their own, and as the administrator on one person's cluster alone", () => {
  expect(Object.fromEntries(actors)).toEqual({
    "base/services/pipeline-router/cluster-access.yaml": { "rollerblade-pipelines": "pipelines" },
    "overlays/local/kustomization.yaml": { "rollerblade-pipelines": "admin" },
  });
});

test("what an image is built of is what the lockfile names", () => {
  const dockerfile = readFileSync(join(folder, "../Dockerfile"), "utf8");
  const installs = dockerfile.match(/^RUN npm (?:ci|i|install)\b.*$/gm) ?? [];
  expect(installs.length).toBeGreaterThan(1);
  // The version of the bundler is read from the lockfile, too: it is no part of the image.
  expect(
    installs.filter((line) => !line.startsWith("RUN npm ci ")).map((line) => /"(\w+)@\$\(node/.exec(line)?.[1]),
  ).toEqual(["esbuild"]);
});
