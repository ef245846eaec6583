import { podOutputKey, podReportKey } from "@rollerblade/abids/bucket-layout";
import {
  assetFiles,
  faultOfContents,
  faultOfOutputs,
  type StagedAsset,
  stagingPlan,
  treesOf,
} from "@rollerblade/analysis";
import { type FoundOutput, type StagedInput, stagingRoutes } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import {
  type AttemptReport,
  expectedOutputs,
  faultOfEntry,
  faultOfSizes,
  nameOfStaged,
  placesOfFile,
} from "@rollerblade/executors";
import type { Place } from "@rollerblade/executors/kubernetes";
import type { ObjectStore } from "@rollerblade/object-store";
import { implement, listBodyBytes, type RouteContext, type ServiceContext } from "@rollerblade/service-kit";
import type { FastifyRequest } from "fastify";
import { findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import { readStagedAssets } from "../assets/used-assets.ts";
import { createBatcher } from "../batcher.ts";
import { acceptReport, type Reporter } from "./accept-report.ts";
import { objectPath, type PathOwner } from "./object-path.ts";
import { type PodAttempt, readPodAttempts, readPodOwners } from "./pod-attempts.ts";
import type { Identify } from "./pod-identity.ts";
import { serveStagedObjects } from "./serve-objects.ts";

/** What the routes for Pods need. */
export type StagingParts = {
  readonly identify: Identify;
  /** Keeps a report, and has it acted on. */
  readonly report: (attempt: string, report: AttemptReport) => Promise<void>;
};

/** Serves the routes by which Pods fetch the files of their one slice, and report what came of it. */
export const serveStaging = (
  scheduler: RouteContext & { readonly sql: Sql; readonly objects: ObjectStore } & Pick<ServiceContext, "settings">,
  { identify, report }: StagingParts,
): void => {
  const { objects } = scheduler;
  const secret = scheduler.settings.linkSecret;
  // Hundreds of Pods send requests within a moment.
  const attemptOf = createBatcher({ maxItems: 500, lingerMs: 10 }, (places: readonly Place[]) =>
    readPodAttempts(scheduler.sql, places),
  );
  const authorise = async (request: FastifyRequest): Promise<PodRequest> => {
    const pod = await identify(request);
    const attempt = await attemptOf(pod);
    if (attempt === undefined) throw noAttempt(pod.name);
    if (!attempt.running) throw ended(pod.name);
    const { analysis, version } = attempt;
    const known = await findAnalyses(scheduler.sql, scheduler.sql, [attempt]);
    const manifest = known.get(versionKey(analysis, version))?.manifest;
    if (manifest === undefined) throw noAttempt(pod.name);
    return { ...attempt, pod: pod.uid, manifest };
  };
  const ownerOf = createBatcher({ maxItems: 500, lingerMs: 5 }, (places: readonly Place[]) =>
    readPodOwners(scheduler.sql, places),
  );
  const authoriseObject = async (request: FastifyRequest): Promise<PathOwner> => {
    const pod = await identify(request);
    const owner = await ownerOf(pod);
    if (owner === undefined) throw noAttempt(pod.name);
    if (!owner.running) throw ended(pod.name);
    return { attempt: owner.attempt, pod: pod.uid };
  };
  serveStagedObjects(scheduler, { objects, secret, authorise: authoriseObject });
  // Pods have tokens of the cluster, which `identify` checks, and none of ours.
  const open = { open: true, bodyLimit: listBodyBytes };

  implement(
    scheduler,
    stagingRoutes.inputs,
    async ({ request }) => {
      const from = await authorise(request);
      const staged = await readStagedAssets(scheduler.sql, [from.manifest]);
      const assets = staged.get(from.manifest) ?? [];
      return { files: inputsOf(from, assets, secret), trees: treesOf(from.manifest).map(({ name }) => name) };
    },
    open,
  );
  implement(
    scheduler,
    stagingRoutes.outputs,
    async ({ request, body: { files } }) => {
      const from = await authorise(request);
      const made = ofProgram(from, files);
      const fault = faultOf(from, made);
      if (fault === undefined) return { fault: null, ...pathsOf(from, made, secret) };
      await report(from.attempt, { outcome: "bad-output", reason: fault });
      return { fault, puts: [], manifest: null };
    },
    open,
  );
  implement(
    scheduler,
    stagingRoutes.report,
    async ({ request, body }) => {
      const from = await authorise(request);
      const accepted = await acceptReport(objects, from, body);
      if (accepted === null) throw notThere(from.attempt);
      await report(from.attempt, accepted);
      return undefined;
    },
    { ...open, allowsNul: true },
  );
};

type PodRequest = PodAttempt & Reporter;

const inputsOf = (from: PodRequest, assets: readonly StagedAsset[], secret: string): StagedInput[] =>
  [...stagingPlan(from.manifest, from.requested, from.parameters), ...assetFiles(assets)].map((file): StagedInput => {
    if (file.kind === "text") return file;
    const { path, root, size, sha256 } = file;
    const paths = placesOfFile(file).map((key) =>
      objectPath({ method: "GET", key, size: null, sha256: null }, from, secret),
    );
    return { kind: "object", path, root, size, sha256, name: nameOfStaged(file), paths };
  });

/** What the program made, or changed: not what lay in its trees before it started. */
const ofProgram = (from: PodRequest, files: readonly FoundOutput[]): FoundOutput[] => {
  const { seeded } = expectedOf(from);
  const trees = treesOf(from.manifest);
  return files.filter(
    ({ name, kind, sha256 }) =>
      (seeded.get(name) ?? "") !== sha256 && !(kind === "folder" && trees.some((tree) => tree.name === name)),
  );
};

const expectedOf = ({ manifest, requested, parameters }: PodRequest) =>
  expectedOutputs({ manifest, slice: requested, parameters });

const faultOf = (from: PodRequest, files: readonly FoundOutput[]): string | undefined => {
  const { manifest, labels } = expectedOf(from);
  const trees = treesOf(manifest);
  const entry = files.map(({ name, kind }) => faultOfEntry(name, kind, trees)).find((fault) => fault !== undefined);
  return (
    entry ??
    faultOfSizes(
      manifest,
      files.map(({ size }) => size),
    ) ??
    faultOfOutputs(
      manifest,
      files.map(({ name }) => name),
      labels,
    ) ??
    faultOfContents(
      manifest,
      files.map(({ name, contentFault }) => ({ name, fault: contentFault })),
      labels,
    )
  );
};

const pathsOf = (from: PodRequest, files: readonly FoundOutput[], secret: string) => {
  const put = (key: string, size: number | null, sha256: string | null): string =>
    objectPath({ method: "PUT", key, size, sha256 }, from, secret);
  return {
    puts: files.map(({ name, size, sha256 = null }) => ({ name, path: put(podOutputKey(from, name), size, sha256) })),
    manifest: put(podReportKey(from), null, null),
  };
};

const noAttempt = (pod: string): Problem =>
  new Problem({ code: "not-found", message: `The Pod ${pod} is for no attempt that is known here.`, subject: pod });

const ended = (pod: string): Problem =>
  new Problem({
    code: "conflict",
    message: `The attempt of the Pod ${pod} has ended; its results are no longer wanted.`,
    subject: pod,
  });

const notThere = (attempt: string): Problem =>
  new Problem({
    code: "invalid",
    message: "An output is missing, or differs from what was reported.",
    subject: attempt,
  });
