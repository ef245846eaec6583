import { parseManifest } from "@rollerblade/analysis";
import { expect, test } from "vitest";
import { z } from "zod";
import { type Batch, buildJob, type JobSettings, jobName } from "./build-job.ts";

const manifest = parseManifest(`
name: brain-mask
version: 1.2.0
image: example.org/brain-mask:1
command: [mask, "{in.t1w}"]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
resources: {cpu: 500m, memory: 2Gi, disk: 4Gi, gpu: 1, timeout: 30m}
outputs: {mask: {name: "{entities}_desc-brain_mask.nii.gz"}}
`);
const batch: Batch = {
  attempts: ["a", "b", "c"],
  manifest,
  image: "example.org/brain-mask@sha256:00",
  argv: ["mask", "/rollerblade/in/t1w.nii.gz", "$HOME$(X)"],
  memory: 3 * 2 ** 30,
  rank: 1,
  owner: "Ada Lovelace",
};
const settings: JobSettings = {
  installation: "i",
  stagingImage: "rollerblade:1",
  stagingUrl: "http://scheduler:7700",
  audience: "rollerblade",
  serviceAccount: "rollerblade-analysis",
  stagingMemory: 2 ** 28,
  jobTtlSeconds: 300,
};

const door = { hostname: "scheduler", addresses: ["10.96.0.7"] };

const container = z.looseObject({
  name: z.string(),
  args: z.array(z.string()).optional(),
  resources: z.looseObject({ requests: z.record(z.string(), z.string()), limits: z.record(z.string(), z.string()) }),
  volumeMounts: z.array(z.looseObject({ name: z.string() })),
});
const shape = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.looseObject({
    suspend: z.boolean().optional(),
    template: z.looseObject({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        priorityClassName: z.string().optional(),
        nodeSelector: z.record(z.string(), z.string()).optional(),
        initContainers: z.tuple([container, container]),
        containers: z.tuple([container]),
      }),
    }),
  }),
});
const built = (more: Partial<JobSettings> = {}, of = batch) =>
  shape.parse(buildJob({ ...settings, ...more }, of, { staging: door, traceparent: "" }));

test("one index for each attempt, each tried once, and disruptions are nobody's failure", () => {
  expect(built().spec).toMatchObject({
    completionMode: "Indexed",
    completions: 3,
    parallelism: 3,
    backoffLimitPerIndex: 0,
    podReplacementPolicy: "Failed",
    ttlSecondsAfterFinished: 300,
    podFailurePolicy: {
      rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
    },
  });
});

test("only the staging containers hold the token", () => {
  const { initContainers, containers } = built().spec.template.spec;
  const holders = [...initContainers, ...containers].filter(({ volumeMounts }) =>
    volumeMounts.some(({ name }) => name === "token"),
  );
  expect(holders.map(({ name }) => name)).toEqual(["stage-in", "stage-out"]);
  expect(built().spec.template.spec).toMatchObject({ automountServiceAccountToken: false });
});

test("the analysis has what it declared: processors as request and, rounded up, as limit, memory as both, a graphics processor, its arguments as they are", () => {
  const [, analysis] = built().spec.template.spec.initContainers;
  const memory = String(3 * 2 ** 30);
  expect(analysis.resources).toEqual({
    requests: { cpu: "500m", memory, "ephemeral-storage": String(2 ** 32), "nvidia.com/gpu": "1" },
    // Three volumes of 4 GiB, and 64 MiB for logs.
    limits: { cpu: "1", memory, "ephemeral-storage": String(3 * 2 ** 32 + 2 ** 26), "nvidia.com/gpu": "1" },
  });
  // Kubernetes reads `$$` as one `$`.
  expect(analysis.args).toEqual(["mask", "/rollerblade/in/t1w.nii.gz", "$$HOME$$(X)"]);
});

test("the analysis goes on with the trace of its Job, and the staging containers are told of none", () => {
  const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  const job = buildJob(settings, batch, { staging: door, traceparent });
  const spec = job.spec?.template.spec;
  const given = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ name, env = [] }) => [
    name,
    env.find((variable) => variable.name === "TRACEPARENT")?.value,
  ]);
  expect(given).toEqual([
    ["stage-in", undefined],
    ["analysis", traceparent],
    ["stage-out", undefined],
  ]);
  expect(JSON.stringify(built())).not.toContain("TRACEPARENT");
});

test("a Pod knows the staging door by its address and has no DNS", () => {
  const spec = built().spec.template.spec;
  expect(spec).toMatchObject({
    dnsPolicy: "None",
    dnsConfig: { nameservers: ["127.0.0.1"] },
    hostAliases: [{ ip: "10.96.0.7", hostnames: ["scheduler"] }],
  });
  expect(built().metadata.labels).not.toHaveProperty("rollerblade.io/network");
  expect(
    shape.parse(buildJob(settings, batch, { staging: null, traceparent: "" })).spec.template.spec,
  ).not.toHaveProperty("hostAliases");
});

test("the network that a manifest asks for is a label of its Pods, and they may look names up", () => {
  const job = built({}, { ...batch, manifest: { ...manifest, network: "licences" } });
  expect(job.metadata.labels).toMatchObject({ "rollerblade.io/network": "licences" });
  expect(job.spec.template.metadata.labels).toMatchObject({ "rollerblade.io/network": "licences" });
  expect(job.spec.template.spec).not.toHaveProperty("dnsPolicy");
});

test("every container is locked in", () => {
  const { initContainers, containers } = built().spec.template.spec;
  for (const one of [...initContainers, ...containers])
    expect(one).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
    });
});

test("priority, queue and placement are set where the settings say so", () => {
  expect(built().spec.template.spec.priorityClassName).toBeUndefined();
  const more = built({
    priorityClasses: ["high", "middle", "low"],
    queue: "of-{owner}",
    placement: { nodeSelector: { pool: "spot" }, tolerations: [{ key: "spot" }] },
  });
  expect(more.spec.template.spec).toMatchObject({ priorityClassName: "middle", nodeSelector: { pool: "spot" } });
  expect(more.metadata.labels["kueue.x-k8s.io/queue-name"]).toBe("of-Ada-Lovelace");
  expect(more.spec.suspend).toBe(true);
});

test("a queue may let a Job in by parts, down to one Pod at a time", () => {
  const partial = { "kueue.x-k8s.io/job-min-parallelism": "1" };
  expect(built({ queue: "all" }).metadata.annotations).toEqual(partial);
  expect(built().metadata.annotations).toBeUndefined();
  // Kueue refuses it of a Job with one Pod.
  expect(built({ queue: "all" }, { ...batch, attempts: ["a"] }).metadata.annotations).toBeUndefined();
});

test("the name follows from the attempts, so that a second submit makes nothing twice", () => {
  expect(jobName(batch)).toBe(jobName({ ...batch }));
  expect(jobName(batch)).not.toBe(jobName({ ...batch, attempts: ["a", "b"] }));
  expect(jobName(batch)).toMatch(/^rb-brain-mask-[0-9a-f]{16}$/);
  // With the index and what Kubernetes adds to names of Pods, 63 characters must be enough.
  const long = { ...batch, manifest: { ...manifest, name: "X".repeat(80) } };
  expect(jobName(long).length).toBeLessThan(50);
});

test("a program of an image is started as the manifest says, in a tree that is made and filled before it", () => {
  const tree = parseManifest(`
name: tool
version: 1.0.0
image: example.org/tool:1
entrypoint: [env, "OMP_NUM_THREADS=1", tool]
command: ["{in.t1w}"]
workingDirectory: results
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {results: {tree: {must: ["*.nii.gz"]}}}
`);
  const pod = buildJob(settings, { ...batch, manifest: tree }, { staging: door, traceparent: "" }).spec?.template.spec;
  const [stageIn, analysis] = pod?.initContainers ?? [];
  expect(analysis).toMatchObject({
    command: ["env", "OMP_NUM_THREADS=1", "tool"],
    workingDir: "/rollerblade/out/results",
    securityContext: { readOnlyRootFilesystem: true },
  });
  expect(stageIn?.volumeMounts).toContainEqual({ name: "out", mountPath: "/rollerblade/out" });
  expect(pod?.containers[0]?.volumeMounts).toContainEqual({
    ...{ name: "out", mountPath: "/rollerblade/out", readOnly: true },
  });
});
