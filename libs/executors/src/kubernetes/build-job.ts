import { createHash } from "node:crypto";
import type { V1Container, V1Job, V1PodSpec, V1SecurityContext } from "@kubernetes/client-node";
import type { Manifest } from "@rollerblade/analysis";
import type { KubernetesConfig } from "./kubernetes-config.ts";
import type { HostAddress } from "./staging-address.ts";

/** Executions that go into one Job: what differs among them is their slice alone. */
export type Batch = {
  /** Ids of the attempts; each one's index is its place here. */
  readonly attempts: readonly string[];
  readonly manifest: Manifest;
  readonly image: string;
  /** Arguments of the command; empty leaves the image's own. */
  readonly argv: readonly string[];
  /** Bytes. */
  readonly memory: number;
  /** 0 interactive, 1 pipeline, 2 backfill. */
  readonly rank: number;
  readonly owner: string;
};

/** What is the same for all Jobs. */
export type JobSettings = Pick<
  KubernetesConfig,
  | "stagingImage"
  | "stagingUrl"
  | "audience"
  | "serviceAccount"
  | "stagingMemory"
  | "jobTtlSeconds"
  | "priorityClasses"
  | "queue"
  | "placement"
  | "imagePullSecret"
> & {
  /** Tells our Jobs from those of another installation in the same namespace. */
  readonly installation: string;
};

/** Labels of every Job and Pod. */
export const labels = {
  installation: "rollerblade.io/installation",
  analysis: "rollerblade.io/analysis",
  version: "rollerblade.io/version",
  /** What NetworkPolicies select Pods by that may reach more than the staging door: `network` of the manifest. */
  network: "rollerblade.io/network",
} as const;

/** What is known of the place and the trace of a Job only when it is made. */
export type JobSurroundings = {
  /** Where the staging door is; null when its URL has an address instead of a name. */
  readonly staging: HostAddress | null;
  /** `traceparent` (W3C Trace Context) that its analyses are given; empty for none. */
  readonly traceparent: string;
};

/** Names of the containers of a Pod, in their order. */
export const containers = { stageIn: "stage-in", analysis: "analysis", stageOut: "stage-out" } as const;

/** Where the containers find their files. */
export const podPaths = { in: "/rollerblade/in", out: "/rollerblade/out" } as const;

/** The volumes of an attempt's files. */
const volumes = ["in", "out", "tmp"] as const;

const tokenFolder = "/var/run/secrets/rollerblade";

/** Seconds that a Pod may take beyond its analysis: pulling images, bringing files in and out, waiting for an outage to end. */
const margin = 3_600;

/** Everybody's and nobody's: neither root nor any user of the node. */
const user = 65_532;

/** Kueue may let in as many Pods at once as its quota has room for: a Job that is larger than all of it would wait forever. */
const beginByParts = { "kueue.x-k8s.io/job-min-parallelism": "1" } as const;

/** The name of a batch's Job; it follows from what is in it, so that the same batch never becomes two Jobs. */
export const jobName = ({ attempts, manifest }: Pick<Batch, "attempts" | "manifest">): string => {
  const hash = createHash("sha256").update(attempts.join("\n")).digest("hex").slice(0, 16);
  const name = manifest.name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .slice(0, 24)
    .replace(/^-+|-+$/g, "");
  return `rb-${name === "" ? "analysis" : name}-${hash}`;
};

/** Bytes of a Pod's disk beyond the volumes of its files: the logs that the node keeps until they are rotated (10 MiB, five of them). */
const logBytes = 64 * 2 ** 20;

/** Asks nobody: nothing listens there, so that a look-up fails at once. */
const nobody = "127.0.0.1";

/** Builds the Indexed Job of a batch. It holds no slice: each Pod asks for its own, by its index. */
export const buildJob = (settings: JobSettings, batch: Batch, surroundings: JobSurroundings): V1Job => {
  const { manifest, attempts, owner } = batch;
  const all = {
    "app.kubernetes.io/part-of": "rollerblade",
    "app.kubernetes.io/component": "analysis",
    [labels.installation]: settings.installation,
    [labels.analysis]: labelValue(manifest.name),
    [labels.version]: labelValue(manifest.version),
    ...(manifest.network !== undefined && { [labels.network]: manifest.network }),
  };
  const queue = settings.queue === undefined ? undefined : labelValue(settings.queue.replaceAll("{owner}", owner));
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: jobName(batch),
      labels: { ...all, ...(queue !== undefined && { "kueue.x-k8s.io/queue-name": queue }) },
      ...(queue !== undefined && attempts.length > 1 && { annotations: beginByParts }),
    },
    spec: {
      completionMode: "Indexed",
      completions: attempts.length,
      parallelism: attempts.length,
      // Every further attempt is the scheduler's decision: with more memory, after a pause, at its priority.
      backoffLimitPerIndex: 0,
      podReplacementPolicy: "Failed",
      podFailurePolicy: {
        rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
      },
      ttlSecondsAfterFinished: settings.jobTtlSeconds,
      // Kueue lets it go when there is room.
      ...(queue !== undefined && { suspend: true }),
      template: {
        metadata: {
          labels: all,
          // A cluster autoscaler must not move what cannot go on elsewhere.
          annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" },
        },
        spec: podSpec(settings, batch, surroundings),
      },
    },
  };
};

const podSpec = (settings: JobSettings, batch: Batch, { staging, traceparent }: JobSurroundings): V1PodSpec => {
  const { resources, network } = batch.manifest;
  const priority = settings.priorityClasses?.[batch.rank];
  const { nodeSelector, tolerations } = settings.placement ?? {};
  return {
    restartPolicy: "Never",
    serviceAccountName: settings.serviceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // No DNS: the one host that a Pod may reach is in its /etc/hosts. What reaches a network asks as every Pod does.
    ...(network === undefined && { dnsPolicy: "None", dnsConfig: { nameservers: [nobody] } }),
    ...(staging !== null && {
      hostAliases: staging.addresses.map((ip) => ({ ip, hostnames: [staging.hostname] })),
    }),
    terminationGracePeriodSeconds: 5,
    activeDeadlineSeconds: Math.ceil(resources.timeout) + margin,
    ...(priority !== undefined && priority !== "" && { priorityClassName: priority }),
    ...(nodeSelector !== undefined && { nodeSelector }),
    ...(tolerations !== undefined && { tolerations }),
    ...(settings.imagePullSecret !== undefined && { imagePullSecrets: [{ name: settings.imagePullSecret }] }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      seccompProfile: { type: "RuntimeDefault" },
    },
    initContainers: [stagingContainer(settings, containers.stageIn), analysis(batch, traceparent)],
    containers: [stagingContainer(settings, containers.stageOut)],
    volumes: [
      ...volumes.map((name) => ({ name, emptyDir: { sizeLimit: String(Math.ceil(resources.disk)) } })),
      {
        name: "token",
        projected: {
          defaultMode: 0o440,
          sources: [{ serviceAccountToken: { audience: settings.audience, expirationSeconds: 3_600, path: "token" } }],
        },
      },
    ],
  };
};

const stagingContainer = ({ stagingImage, stagingUrl, stagingMemory }: JobSettings, command: string): V1Container => ({
  name: command,
  image: stagingImage,
  command: ["node", "/app/staging.cjs"],
  args: [command],
  imagePullPolicy: "IfNotPresent",
  terminationMessagePolicy: "FallbackToLogsOnError",
  env: [
    { name: "ROLLERBLADE_IN", value: podPaths.in },
    { name: "ROLLERBLADE_OUT", value: podPaths.out },
    { name: "ROLLERBLADE_STAGING_URL", value: stagingUrl },
    { name: "ROLLERBLADE_STAGING_TOKEN", value: `${tokenFolder}/token` },
    // The image holds the program compiled, for the user below.
    { name: "NODE_COMPILE_CACHE", value: "/compiled" },
  ],
  resources: {
    requests: { cpu: "20m", memory: String(stagingMemory) },
    limits: { memory: String(stagingMemory) },
  },
  securityContext: locked,
  volumeMounts: [
    ...(command === containers.stageIn
      ? [
          { name: "in", mountPath: podPaths.in },
          // The folders of trees are made, and filled where an input goes into one, before the program starts.
          { name: "out", mountPath: podPaths.out },
        ]
      : [{ name: "out", mountPath: podPaths.out, readOnly: true }]),
    // The one thing that the analysis does not see.
    { name: "token", mountPath: tokenFolder, readOnly: true },
  ],
});

const analysis = ({ manifest, image, argv, memory }: Batch, traceparent: string): V1Container => {
  const { cpu, disk, gpu } = manifest.resources;
  const bytes = String(Math.ceil(memory));
  return {
    name: containers.analysis,
    image,
    imagePullPolicy: "IfNotPresent",
    ...(manifest.entrypoint !== undefined && { command: manifest.entrypoint.map(literally) }),
    ...(argv.length > 0 && { args: argv.map(literally) }),
    ...(manifest.workingDirectory !== undefined && { workingDir: `${podPaths.out}/${manifest.workingDirectory}` }),
    env: [
      { name: "ROLLERBLADE_IN", value: podPaths.in },
      { name: "ROLLERBLADE_OUT", value: podPaths.out },
      { name: "HOME", value: "/tmp" },
      { name: "TMPDIR", value: "/tmp" },
      // The user of the Pod has no entry in the image's /etc/passwd.
      { name: "USER", value: "rollerblade" },
      { name: "LOGNAME", value: "rollerblade" },
      { name: "ROLLERBLADE_CPUS", value: String(cpu) },
      { name: "ROLLERBLADE_MEMORY_BYTES", value: bytes },
      ...(traceparent === "" ? [] : [{ name: "TRACEPARENT", value: traceparent }]),
    ],
    resources: {
      requests: {
        cpu: `${Math.max(1, Math.round(cpu * 1000))}m`,
        memory: bytes,
        "ephemeral-storage": String(Math.ceil(disk)),
        ...(gpu > 0 && { "nvidia.com/gpu": String(gpu) }),
      },
      // Whole processors: a program that was promised half of one may use the other half while it is idle, and no neighbour's.
      limits: {
        cpu: String(Math.max(1, Math.ceil(cpu))),
        memory: bytes,
        // The kubelet evicts a Pod that takes more, and one whose volume is larger than `disk`.
        "ephemeral-storage": String(volumes.length * Math.ceil(disk) + logBytes),
        ...(gpu > 0 && { "nvidia.com/gpu": String(gpu) }),
      },
    },
    securityContext: locked,
    volumeMounts: [
      { name: "in", mountPath: podPaths.in, readOnly: true },
      { name: "out", mountPath: podPaths.out },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
};

const locked: V1SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** Kubernetes replaces `$(NAME)` in arguments, and takes `$$` for one `$`. */
const literally = (argument: string): string => argument.replaceAll("$", "$$$$");

/** As much of a text as a label may hold. */
const labelValue = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .slice(0, 63)
    .replace(/^[._-]+|[._-]+$/g, "");
