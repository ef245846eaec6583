import type { Manifest } from "@rollerblade/analysis";
import { accountsRoutes, type Rating, type Verdict } from "@rollerblade/client";
import { insertRecords, type Queryable, type Sql, type Transaction, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { eventIdOf, type ServiceEvents } from "@rollerblade/events";
import type { ObjectStore } from "@rollerblade/object-store";
import type { Principal, ServiceContext } from "@rollerblade/service-kit";
import { currentTraceparent } from "@rollerblade/telemetry";
import { insertAnalysis } from "../analyses/create-analysis.ts";
import type { Analysis } from "../analyses/known-analyses.ts";
import { claimName } from "../rights/claim-name.ts";
import { type Catalog, readSlices, tasksOfPage } from "../runs/collect-slices.ts";
import { insertRuns } from "../runs/insert-runs.ts";
import { ratingsTable } from "../tables.gen.ts";
import type { TaskFinishing } from "../tasks/finish-tasks.ts";
import type { NewTask } from "../tasks/insert-task-rows.ts";
import { insertTasks } from "../tasks/insert-tasks.ts";
import { stoppedByTombstones } from "../tasks/tombstones.ts";
import { stageRatings } from "./publish-ratings.ts";
import { ratingCode, ratingManifest } from "./rating-document.ts";

/** What rating needs. */
export type RatingContext = TaskFinishing &
  Catalog &
  Pick<ServiceContext, "authorize"> & {
    readonly sql: Sql;
    readonly events: Pick<ServiceEvents, "emit" | "emitAll">;
    readonly objects: Pick<ObjectStore, "put">;
  };

/** What somebody does to their own rating of an image: gives one, or takes it back. */
export type RatingChange = {
  readonly dataset: string;
  /** Of the image. */
  readonly path: string;
  /** Null takes it back. */
  readonly verdict: Verdict | null;
  readonly note: string | null;
};

/** The ratings of an image after a change, and the run that publishes them. */
export type RatedImage = { readonly ratings: Rating[]; readonly analysis: string; readonly run: string };

/**
 * Changes the rating that one person has given to an image. In one transaction the row is written, and what the image's ratings are now is
 * staged as the outputs of an execution; a task publishes it, in a run of that person's ratings of the day.
 * @throws Problem `not-found`, `forbidden`, `invalid`, `conflict`
 */
export const rateImage = async (
  scheduler: RatingContext,
  principal: Principal,
  change: RatingChange,
): Promise<RatedImage> => {
  const { dataset, path } = change;
  await scheduler.authorize(principal, "contribute", { kind: "dataset", name: dataset });
  const suffix = suffixOf(path);
  if (suffix === undefined) throw noImage(change);
  const { manifest, source } = ratingManifest(suffix);
  const query = `dataset.name == ${JSON.stringify(dataset)} && scan.path == ${JSON.stringify(path)}`;
  const page = await readSlices(scheduler, { manifest }, principal, query, null);
  if (page.items.length === 0) throw noImage(change);
  const analysis = await ratingAnalysis(scheduler, principal, manifest, source);
  await scheduler.authorize(principal, "run", { kind: "analysis", name: analysis.name });
  const now = new Date();
  const run = {
    id: eventIdOf("ratings", analysis.name, dataset, principal.name, now.toISOString().slice(0, 10)),
    ...{ analysis: analysis.name, version: analysis.version, document: null, rule: null, owner: principal.name },
    ...{ priority: "interactive" as const, parameters: {}, locks: [], traceparent: currentTraceparent() },
    query: `dataset.name == ${JSON.stringify(dataset)} && scan.suffix == ${JSON.stringify(suffix)}`,
  };
  const [task] = tasksOfPage(run, analysis, page, 1).tasks;
  if (task === undefined || task.fault !== null || task.slice.subject === null) throw noImage(change);
  const row = { dataset, path, suffix, rater: principal.name, subject: task.slice.subject, ratedAt: now };
  const ratings = await transaction(scheduler.sql, async (tx) => {
    const rows = await changeRow(tx, row, change);
    await insertRuns(scheduler.events, tx, [{ ...run, parameters: { rater: principal.name } }]);
    const staged = await stageRatings(scheduler, tx, analysis, { ...task, decidedAt: now }, rows);
    await insertTasks(scheduler, tx, [staged]);
    await requireStanding(tx, staged, change);
    return rows;
  });
  return { ratings, analysis: analysis.name, run: run.id };
};

/** The kind of an image by its name, as long as it is one that names of BIDS can hold. */
const suffixOf = (path: string): string | undefined => /_([A-Za-z0-9]{1,30})\.nii(\.gz)?$/.exec(path)?.[1];

/**
 * Finds the analysis of a kind of image. The first who rates one claims its name, and lets everyone use it, as they do with images of theirs;
 * whoever rates another one at that moment waits for them.
 */
const ratingAnalysis = async (
  scheduler: RatingContext,
  principal: Principal,
  manifest: Manifest,
  source: string,
): Promise<Analysis> => {
  const { name, version } = manifest;
  const known = await findRatingAnalysis(scheduler.sql, manifest);
  if (known !== undefined) return known;
  return transaction(scheduler.sql, async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtextextended(${`analysis ${name}`}, 0))`;
    const created = await findRatingAnalysis(tx, manifest);
    if (created !== undefined) return created;
    await claimName(scheduler, principal, { kind: "analysis", name });
    if (principal.name !== "service")
      await scheduler.peer("accounts", principal).call(accountsRoutes.giveGrant, {
        params: { kind: "analysis", resource: name, grantee: "everyone" },
        body: { role: "runner", reason: "Everybody rates images." },
      });
    const row = { name, version, manifest, source, code: ratingCode, image: null, folder: null, owner: principal.name };
    return (await insertAnalysis(scheduler, tx, row)).analysis;
  });
};

/** @throws Problem `conflict` where there is another analysis of the name */
const findRatingAnalysis = async (sql: Queryable, { name, version }: Manifest): Promise<Analysis | undefined> => {
  const [known] = await sql<Analysis[]>`
    select * from scheduler.analyses where name = ${name} and version = ${version}`;
  if (known !== undefined && known.code !== ratingCode) throw nameTaken(name);
  return known;
};

/** Writes or deletes a row. @returns all rows of the image, which nobody else changes until the transaction ends */
const changeRow = async (
  tx: Transaction,
  row: {
    readonly dataset: string;
    readonly path: string;
    readonly suffix: string;
    readonly rater: string;
    readonly subject: string;
    readonly ratedAt: Date;
  },
  { verdict, note }: RatingChange,
): Promise<Rating[]> => {
  const { dataset, path, rater } = row;
  await tx`select pg_advisory_xact_lock(hashtextextended(${`rating ${dataset}/${path}`}, 0))`;
  if (verdict === null) {
    const deleted = await tx`
      delete from scheduler.ratings where dataset = ${dataset} and path = ${path} and rater = ${rater} returning rater`;
    if (deleted.length === 0) throw notRated(rater, path);
  } else
    await insertRecords(tx, ratingsTable, [{ ...row, verdict, note }], {
      onConflict: tx`
        on conflict (dataset, path, rater) do update
        set verdict = excluded.verdict, note = excluded.note, rated_at = excluded.rated_at`,
    });
  const rows = await tx<(Omit<Rating, "ratedAt"> & { ratedAt: Date })[]>`
    select path, rater, verdict, note, rated_at from scheduler.ratings
    where dataset = ${dataset} and path = ${path} order by rater`;
  return rows.map((one) => ({ ...one, ratedAt: one.ratedAt.toISOString() }));
};

/** Rolls back where the image was withdrawn meanwhile: its ratings are gone, and none may come after them. */
const requireStanding = async (tx: Transaction, { id }: NewTask, change: RatingChange): Promise<void> => {
  if ((await stoppedByTombstones(tx, [id])).length > 0) throw noImage(change);
};

const noImage = ({ dataset, path }: Pick<RatingChange, "dataset" | "path">): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no image ${path} in the dataset "${dataset}".`,
    subject: path,
    next: "See its images with `rollerblade query --level scan --output paths`.",
  });

const notRated = (rater: string, path: string): Problem =>
  new Problem({
    code: "not-found",
    message: `${rater} has not rated ${path}.`,
    subject: path,
    next: "Only your own rating can be taken back.",
  });

const nameTaken = (name: string): Problem =>
  new Problem({
    code: "conflict",
    message: `Ratings are published as the outputs of ${name}, and there is another analysis of that name.`,
    subject: name,
    next: "Ask its owner to create it under another name.",
  });
