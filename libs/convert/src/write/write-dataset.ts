import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { canonicalJson } from "@rollerblade/abids";
import { type Finding, Problem } from "@rollerblade/errors";
import pLimit from "p-limit";
import type { Dcm2niix } from "../dicom/find-dcm2niix.ts";
import { type Conversion, type ConvertedImage, runDcm2niix } from "../dicom/run-dcm2niix.ts";
import type { Mapping } from "../mapping/mapping.ts";
import { composeMetadata } from "../plan/compose-metadata.ts";
import type { MatchedImage } from "../plan/match-images.ts";
import type { Plan, PlannedWork, Removal } from "../plan/plan.ts";
import type { SourceFile } from "../source/source-file.ts";
import { type OutputFolder, openOutput } from "./output-folder.ts";
import { renderImage } from "./render-image.ts";

/** How a plan is carried out. */
export type WriteOptions = {
  readonly directory: string;
  readonly scratch: string;
  readonly findProgram: () => Promise<Dcm2niix>;
  /** Writes although BIDS finds errors, and removes more than half of what is there. @default false */
  readonly force?: boolean;
  readonly progress?: (done: number, total: number) => void;
};

/** What a conversion did. */
export type WriteReport = {
  readonly converted: number;
  /** Images that were there already, made of the same files in the same way. */
  readonly unchanged: number;
  /** Images that the plan no longer has. */
  readonly removed: number;
  readonly removals: readonly Removal[];
  /** Images that could not be made, each with the reason; all others are there. */
  readonly failures: readonly Finding[];
  /** What dcm2niix warned of. */
  readonly messages: readonly string[];
};

/** Changes where the same files would become other bytes. */
const formatVersion = 1;

/** The target under which tables and documents are remembered. */
const documentsTarget = "documents";

/**
 * Carries out a plan: converts what is not there yet, leaves everything else alone, and takes out what an earlier plan had and
 * this one has not. Killed at any moment and begun again, it ends with the same files. @throws Problem `invalid` for a plan
 * with errors, `conflict` for files of somebody else in the folder
 */
export const writeDataset = async (plan: Plan, mapping: Mapping, options: WriteOptions): Promise<WriteReport> => {
  requireSound(plan, options.force === true);
  const output = await openOutput(options.directory);
  try {
    return await writeAll(plan, mapping, options, output);
  } finally {
    await output.close();
  }
};

const requireSound = ({ findings, judgement }: Plan, force: boolean): void => {
  const own = findings.filter(({ severity }) => severity === "error");
  const ofBids = force ? [] : judgement.filter(({ severity }) => severity === "error");
  const all = [
    ...own.map(({ where, message }) => ({ where, message })),
    ...ofBids.map(({ file, rule, message }) => ({ where: file, message: `${message} (${rule})` })),
  ];
  const [first] = all;
  if (first === undefined) return;
  throw new Problem({
    code: "invalid",
    message: `The plan has ${all.length === 1 ? "an error" : `${all.length} errors`}, so nothing was written: ${first.where}: ${first.message}`,
    subject: first.where,
    next:
      own.length > 0
        ? "Correct the mapping or the source; --plan shows what becomes of each file."
        : "Add what is missing to the mapping, or write the dataset as it is with --force.",
    findings: all,
  });
};

const writeAll = async (
  plan: Plan,
  mapping: Mapping,
  options: WriteOptions,
  output: OutputFolder,
): Promise<WriteReport> => {
  const planned = new Set(plan.work.map(({ image }) => image.path));
  const known = [...output.state.units()].filter(({ target }) => target !== documentsTarget);
  const stale = known.filter(({ target }) => !planned.has(target));
  requireFew(stale.length, known.length, options.force === true);
  await output.requireFree([...planned, ...plan.documents.keys()]);
  const counts = { converted: 0, unchanged: 0 };
  const [removals, failures, messages]: [Removal[], Finding[], Set<string>] = [[], [], new Set()];
  const limit = pLimit(availableParallelism());
  const total = plan.work.length;
  const make = async (work: PlannedWork, converted: (part: MatchedImage) => Promise<ConvertedImage>): Promise<void> => {
    const { path } = work.image;
    try {
      const key = await keyOf(work, mapping, output, options);
      if (await output.isDone(path, key)) counts.unchanged += 1;
      else {
        const rendered = await renderImage(work, mapping, converted);
        await output.write(path, key, rendered.files);
        removals.push(...rendered.removals);
        counts.converted += 1;
      }
    } catch (error) {
      if (error instanceof Problem && error.code === "conflict") throw error;
      failures.push({ where: path, message: error instanceof Error ? error.message : String(error) });
    }
    options.progress?.(counts.converted + counts.unchanged + failures.length, total);
  };
  // Images that dcm2niix makes of one series are made in one go.
  const groups = Map.groupBy(plan.work, ({ image }) => image.parts[0].image.path);
  await Promise.all(
    [...groups.values()].map((group) =>
      limit(async () => {
        const conversions = new Map<string, Promise<Conversion>>();
        for (const work of group) await make(work, (part) => partOf(part, conversions, options, messages));
      }),
    ),
  );
  for (const unit of stale) await output.remove(unit);
  await writeDocuments(plan, output);
  return { ...counts, removed: stale.length, removals, failures, messages: [...messages] };
};

/** A source that is half there (a disk that is not mounted) must not empty a dataset. */
const requireFew = (stale: number, all: number, force: boolean): void => {
  if (force || stale * 2 <= all) return;
  throw new Problem({
    code: "conflict",
    message: `The plan has ${stale} of ${all} images no longer that are in the folder, so nothing was changed.`,
    next: "See whether the source is complete; where it is, convert with --force.",
  });
};

const partOf = async (
  { image }: MatchedImage,
  conversions: Map<string, Promise<Conversion>>,
  { findProgram, scratch }: WriteOptions,
  messages: Set<string>,
): Promise<ConvertedImage> => {
  const known = conversions.get(image.path);
  const running = known ?? findProgram().then((program) => runDcm2niix(program, image.files, scratch, "all"));
  conversions.set(image.path, running);
  const { images, messages: printed } = await running;
  for (const message of printed) messages.add(message);
  const wanted = image.reading.by === "dcm2niix" ? image.reading.part : "";
  const made = images.find(({ part }) => part === wanted);
  if (made === undefined)
    throw new Error(
      `dcm2niix made ${images.map(({ part }) => part || "one image").join(", ")}, and not the part ${wanted}`,
    );
  return made;
};

/** Follows from the content of all files, from the way in which they are converted, and from everything that is added. */
const keyOf = async (
  work: PlannedWork,
  mapping: Mapping,
  output: OutputFolder,
  { findProgram }: WriteOptions,
): Promise<string> => {
  const { image } = work;
  const files = [
    ...image.parts.flatMap((part) => part.image.files),
    ...[work.bval, work.bvec].flatMap((file) => file ?? []),
  ];
  const hashes = await contentHashes(files, output);
  const isConverted = image.parts.some((part) => part.image.reading.by === "dcm2niix");
  const { metadata } = composeMetadata(image, work.sidecar, work.linked, work.texts, mapping.keep);
  const parts = image.parts.map(({ image: { reading }, rule }) =>
    reading.by === "dcm2niix" ? reading.part : rule.orientation,
  );
  return createHash("sha256")
    .update(
      canonicalJson({
        formatVersion,
        program: isConverted ? (await findProgram()).version : null,
        ...{ hashes, parts, metadata, path: image.path },
      }),
    )
    .digest("hex");
};

/** Files that are read at the same time: a series has hundreds of small ones. */
const maxOpenFiles = 16;

const contentHashes = async (files: readonly SourceFile[], { state }: OutputFolder): Promise<readonly string[]> => {
  const limit = pLimit(maxOpenFiles);
  const hashed = await Promise.all(
    files.map((file) =>
      limit(async () => {
        const known = state.hashOf(file.path, file.version);
        const sha256 =
          known ??
          createHash("sha256")
            .update(await file.read())
            .digest("hex");
        return { path: file.path, version: file.version, sha256, isNew: known === undefined };
      }),
    ),
  );
  await state.addHashes(hashed.filter(({ isNew }) => isNew));
  return hashed.map(({ sha256 }) => sha256);
};

const writeDocuments = async (plan: Plan, output: OutputFolder): Promise<void> => {
  const files = new Map([...plan.documents].map(([path, text]) => [path, Buffer.from(text)]));
  const key = createHash("sha256")
    .update(canonicalJson([...plan.documents].map(([path, text]) => [path, text])))
    .digest("hex");
  if (!(await output.isDone(documentsTarget, key))) await output.write(documentsTarget, key, files);
};
