import { podOutputKey, podReportKey } from "@rollerblade/abids/bucket-layout";
import { faultOfContents, faultOfOutputs, type Manifest, stagingPlan } from "@rollerblade/analysis";
import { type FoundOutput, type StagedInput, stagingRoutes } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { type AttemptReport, faultOfEntry, placesOfFile } from "@rollerblade/executors";
import type { Place } from "@rollerblade/executors/kubernetes";
import type { ObjectStore } from "@rollerblade/object-store";
import { implement, type RouteContext } from "@rollerblade/service-kit";
import type { FastifyRequest } from "fastify";
import { findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import { createBatcher } from "../batcher.ts";
import { acceptReport, type Reporter } from "./accept-report.ts";
import { type PodAttempt, readPodAttempts } from "./pod-attempts.ts";
import type { Identify } from "./pod-identity.ts";

/** What the routes for Pods need. */
export type StagingParts = {
  readonly identify: Identify;
  /** Keeps a report, and has it acted on. */
  readonly report: (attempt: string, report: AttemptReport) => Promise<void>;
};

/** Seconds that links for Pods are valid: longer than most attempts may take, and a Pod can ask again. */
const expires = 6 * 3_600;

/** Serves the routes by which Pods fetch the files of their one slice, and report what came of it. */
export const serveStaging = (
  scheduler: RouteContext & { readonly sql: Sql; readonly objects: ObjectStore },
  { identify, report }: StagingParts,
): void => {
  const { objects } = scheduler;
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
  // Pods have tokens of the cluster, which `identify` checks, and none of ours.
  const open = { open: true };

  implement(
    scheduler,
    stagingRoutes.inputs,
    async ({ request }) => ({ files: await inputsOf(objects, await authorise(request)) }),
    open,
  );
  implement(
    scheduler,
    stagingRoutes.outputs,
    async ({ request, body: { files } }) => {
      const from = await authorise(request);
      const fault = faultOf(from.manifest, files);
      if (fault === undefined) return { fault: null, ...(await linksOf(objects, from, files)) };
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

const inputsOf = async (
  objects: ObjectStore,
  { manifest, requested, parameters }: PodRequest,
): Promise<StagedInput[]> =>
  Promise.all(
    stagingPlan(manifest, requested, parameters).map(async (file): Promise<StagedInput> => {
      if (file.kind === "text") return file;
      const { path, size, sha256, dataset, source } = file;
      const urls = await Promise.all(placesOfFile(file).map((key) => objects.presignGet(key, { expires })));
      return { kind: "object", path, size, sha256, name: `${dataset}/${source}`, urls };
    }),
  );

const faultOf = (manifest: Manifest, files: readonly FoundOutput[]): string | undefined => {
  const entry = files.map(({ name, kind }) => faultOfEntry(name, kind)).find((fault) => fault !== undefined);
  return (
    entry ??
    faultOfOutputs(
      manifest,
      files.map(({ name }) => name),
    ) ??
    faultOfContents(
      manifest,
      files.map(({ name, contentFault }) => ({ name, fault: contentFault })),
    )
  );
};

const linksOf = async (objects: ObjectStore, from: PodRequest, files: readonly FoundOutput[]) => ({
  puts: await Promise.all(
    files.map(async ({ name }) => ({ name, url: await objects.presignPut(podOutputKey(from, name), { expires }) })),
  ),
  manifest: await objects.presignPut(podReportKey(from), { expires }),
});

const noAttempt = (pod: string): Problem =>
  new Problem({ code: "not-found", message: `The Pod ${pod} is for no attempt that is known here.`, subject: pod });

const ended = (pod: string): Problem =>
  new Problem({
    code: "conflict",
    message: `The attempt of the Pod ${pod} has ended; nobody wants its results.`,
    subject: pod,
  });

const notThere = (attempt: string): Problem =>
  new Problem({
    code: "invalid",
    message: "An output that was reported does not lie there as it was reported.",
    subject: attempt,
  });
