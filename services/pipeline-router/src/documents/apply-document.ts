import type { JsonObject } from "@rollerblade/abids";
import { lockInTransaction, type Transaction, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { type AnyEmission, toStruct } from "@rollerblade/events";
import {
  type Locks,
  lockDocument,
  lockedDocument,
  matchesDataset,
  type PipelineDocument,
  parseDocument,
  requireNoCircle,
  requireOwnNames,
} from "@rollerblade/pipeline";
import type { Principal, ServiceContext } from "@rollerblade/service-kit";
import { currentTraceparent, withSpan } from "@rollerblade/telemetry";
import { v7 } from "uuid";
import { type Mark, markDirty } from "../dirty.ts";
import { createDocuments } from "../evaluation/documents-in-force.ts";
import { readKnownAnalyses } from "./known-analyses.ts";

/** A document that somebody or something offers. */
export type Offer = {
  readonly name: string;
  readonly source: string;
  /** Under whose rights its rules will run. */
  readonly owner: Principal;
  /** `api`, or the file or ConfigMap that it comes from. */
  readonly origin: string;
};

/**
 * Puts a document in force: chooses its versions anew, and has every slice evaluated again. The last good one stays in force when it is
 * refused, and the refusal is published, unless it is the known one. Gives back the id of the application.
 * @throws Problem `invalid` with every fault; `conflict` when the name is somebody else's
 */
export const applyDocument = (context: ServiceContext, offer: Offer, knownRefusal = ""): Promise<string> =>
  withSpan(
    "apply pipeline",
    { attributes: { "service.name": "pipeline-router", "rollerblade.document": offer.name } },
    async () => {
      try {
        return await apply(context, offer);
      } catch (error) {
        const problem = Problem.from(error);
        if (problem.code === "invalid" && problem.message !== knownRefusal)
          await emitRejected(context, offer.name, problem);
        throw error;
      }
    },
  );

const apply = async (context: ServiceContext, offer: Offer): Promise<string> => {
  const document = parseDocument(offer.name, offer.source);
  const analyses = await readKnownAnalyses(context, document, offer.owner);
  const locks = lockDocument(document, analyses);
  return transaction(context.sql, async (tx) => {
    await lockDocuments(tx);
    await requireOwner(tx, offer);
    const inForce = (await createDocuments()(tx)).map(({ locked }) => locked);
    requireOwnNames(
      document,
      locks,
      inForce.map(({ document: { name, datasets }, locks: of }) => ({ name, datasets, locks: of })),
    );
    requireNoCircle(lockedDocument(document, locks, analyses), inForce);
    return putInForce(context, tx, offer, document, locks);
  });
};

/** Documents change one after the other, so that two of them never take the same names at once. */
export const lockDocuments = (tx: Transaction): Promise<void> => lockInTransaction(tx, "pipeline-router documents");

const requireOwner = async (tx: Transaction, { name, owner }: Offer): Promise<void> => {
  const [known] = await tx<{ owner: string; removed: boolean }[]>`
    select owner, removed from pipeline_router.documents where name = ${name}`;
  if (known === undefined || known.removed || known.owner === owner.name || owner.admin) return;
  throw new Problem({
    code: "conflict",
    message: `The name ${name} is taken by a document of somebody else.`,
    subject: name,
    next: "Apply yours under another name.",
  });
};

const putInForce = async (
  context: ServiceContext,
  tx: Transaction,
  { name, source, owner, origin }: Offer,
  document: PipelineDocument,
  locks: Locks,
): Promise<string> => {
  const application = v7();
  const traceparent = currentTraceparent() || null;
  const [before] = await tx<{ owner: string; datasets: string[] }[]>`
    select owner, datasets from pipeline_router.documents where name = ${name}`;
  // An administrator who applies somebody's document does not take it over.
  const keeper = before === undefined || !owner.admin ? owner.name : before.owner;
  const [row] = await tx<{ revision: number }[]>`
    insert into pipeline_router.documents as known
      (name, application, owner, source, datasets, locks, revision, origin, removed, traceparent, applied_at)
    values (${name}, ${application}, ${keeper}, ${source}, ${[...document.datasets]}, ${JSON.stringify(locks)}, 1, ${origin},
      false, ${traceparent}, clock_timestamp())
    on conflict (name) do update set
      application = excluded.application, owner = excluded.owner, source = excluded.source, datasets = excluded.datasets,
      locks = excluded.locks, revision = known.revision + 1, origin = excluded.origin, removed = false,
      traceparent = excluded.traceparent, applied_at = excluded.applied_at
    returning revision`;
  for (const { name: rule } of document.rules) {
    await tx`
      insert into pipeline_router.runs (id, application, document, rule) values (${v7()}, ${application}, ${name}, ${rule})`;
  }
  await markDirty(tx, await everyPlace(tx, [...document.datasets, ...(before?.datasets ?? [])], traceparent));
  await context.events.emitAll(tx, [
    appliedEvent({ document: name, application, owner: keeper, source, locks, revision: row?.revision ?? 1 }),
  ]);
  return application;
};

/** Every subject and dataset that a document speaks, or spoke, for. */
export const everyPlace = async (
  tx: Transaction,
  patterns: readonly string[],
  traceparent: string | null,
): Promise<Mark[]> => {
  const rows = await tx<Mark[]>`
    select dataset, subject, ${traceparent}::text as traceparent from pipeline_router.scans where not withdrawn
    union select dataset, coalesce(subject, ''), ${traceparent} from pipeline_router.decisions where ended_at is null`;
  return rows.filter(({ dataset }) => matchesDataset(patterns, dataset));
};

type Applied = {
  readonly document: string;
  readonly application: string;
  readonly owner: string;
  readonly source: string;
  readonly locks: Locks;
  readonly revision: number;
};

/** The event that tells of a document in force. */
export const appliedEvent = ({ locks, revision, ...applied }: Applied): AnyEmission => {
  const plain: JsonObject = JSON.parse(JSON.stringify(locks));
  return { topic: "pipeline.applied", message: { ...applied, locks: toStruct(plain), revision: BigInt(revision) } };
};

const emitRejected = async ({ sql, events }: ServiceContext, document: string, problem: Problem): Promise<void> => {
  const found = problem.findings.map(({ where, message }) => `${where}: ${message}`);
  const reasons = found.length > 0 ? found : [problem.message];
  await transaction(sql, (tx) => events.emit(tx, "pipeline.rejected", { document, reasons }));
};
