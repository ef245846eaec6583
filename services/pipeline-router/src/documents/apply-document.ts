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
} from "@rollerblade/pipeline";
import type { Principal, ServiceContext } from "@rollerblade/service-kit";
import { currentTraceparent, withSpan } from "@rollerblade/telemetry";
import { v7 } from "uuid";
import { type Mark, markDirty } from "../dirty.ts";
import { createDocuments } from "../evaluation/documents-in-force.ts";
import { type OwnerRights, readOwnerRights } from "../evaluation/owner-rights.ts";
import { readKnownAnalyses } from "./known-analyses.ts";
import { requireKnownFields } from "./known-fields.ts";
import { requireNoConflict } from "./neighbours.ts";
import { claimName, requireOwnName } from "./own-name.ts";
import { keepVersion } from "./versions.ts";

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
  await requireKnownFields(context, document, offer.owner);
  const analyses = await readKnownAnalyses(context, document, offer.owner);
  const locks = lockDocument(document, analyses);
  const locked = lockedDocument(document, locks, analyses);
  const { owner, resource: known } = await requireOwnName(context.sql, offer);
  const rights = await readOwnerRights(context.sql, [owner]);
  const resource = (await claimName(context, offer, owner)) ?? known;
  return transaction(context.sql, async (tx) => {
    await lockDocuments(tx);
    // It may have changed before the lock was held.
    if ((await requireOwnName(tx, offer)).owner !== owner) throw changedMeanwhile(offer.name);
    const inForce = await createDocuments()(tx);
    await requireNoConflict(context.sql, { document, locks, locked, owner }, inForce, offer.owner);
    return putInForce(context, tx, offer, { document, locks, owner, resource, rights });
  });
};

/** Documents change one after the other, so that two of them never take the same names at once. */
export const lockDocuments = (tx: Transaction): Promise<void> => lockInTransaction(tx, "pipeline-router documents");

const changedMeanwhile = (name: string): Problem =>
  new Problem({
    code: "conflict",
    message: `The document ${name} was changed meanwhile.`,
    subject: name,
    next: "Apply it again.",
  });

type Accepted = {
  readonly document: PipelineDocument;
  readonly locks: Locks;
  readonly owner: string;
  readonly resource: string | null;
  readonly rights: OwnerRights;
};

const putInForce = async (
  context: ServiceContext,
  tx: Transaction,
  { name, source, origin, owner: applier }: Offer,
  { document, locks, owner, resource, rights }: Accepted,
): Promise<string> => {
  const application = v7();
  const traceparent = currentTraceparent() || null;
  const [row] = await tx<{ revision: number }[]>`
    insert into pipeline_router.documents as known
      (name, application, owner, resource, source, datasets, locks, revision, origin, removed, traceparent, applied_at)
    values (${name}, ${application}, ${owner}, ${resource}, ${source}, ${[...document.datasets]}, ${JSON.stringify(locks)}, 1, ${origin},
      false, ${traceparent}, clock_timestamp())
    on conflict (name) do update set
      application = excluded.application, owner = excluded.owner, resource = excluded.resource, source = excluded.source, datasets = excluded.datasets,
      locks = excluded.locks, revision = known.revision + 1, origin = excluded.origin, removed = false,
      traceparent = excluded.traceparent, applied_at = excluded.applied_at
    returning revision`;
  await keepVersion(tx, { document: name, revision: row?.revision ?? 1, source, appliedBy: applier.name });
  for (const { name: rule } of document.rules) {
    await tx`
      insert into pipeline_router.runs (id, application, document, rule) values (${v7()}, ${application}, ${name}, ${rule})`;
  }
  await markDirty(tx, await placesOf(tx, { name, owner, datasets: document.datasets }, rights, traceparent));
  await context.events.emitAll(tx, [
    appliedEvent({ document: name, application, owner, source, locks, revision: row?.revision ?? 1 }),
  ]);
  return application;
};

/** Every place on which a document acts, by the rights of its owner, and every one where it has decided something. */
export const placesOf = async (
  tx: Transaction,
  { name, owner, datasets }: { readonly name: string; readonly owner: string; readonly datasets: readonly string[] },
  rights: OwnerRights,
  traceparent: string | null,
): Promise<Mark[]> => {
  const usable = rights.datasetsOf(owner);
  const scanned = await tx<Mark[]>`
    select distinct dataset, subject, ${traceparent}::text as traceparent from pipeline_router.scans
    where not withdrawn ${usable === "all" ? tx`` : tx`and dataset = any(${[...usable]}::text[])`}`;
  const decided = await tx<Mark[]>`
    select distinct dataset, coalesce(subject, '') as subject, ${traceparent}::text as traceparent
    from pipeline_router.decisions where document = ${name} and ended_at is null`;
  return [...scanned.filter(({ dataset }) => matchesDataset(datasets, dataset)), ...decided];
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
