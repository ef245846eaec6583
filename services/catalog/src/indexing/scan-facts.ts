import { createHash } from "node:crypto";
import {
  type BidsName,
  canonicalJson,
  folderOf,
  type IgnoredFile,
  type InheritanceIndex,
  type Inherited,
  type JsonObject,
  mayGoWith,
  mergeMetadata,
  sessionAttributes,
} from "@rollerblade/abids";
import type { FileFact, ScanFacts } from "@rollerblade/abids/facts";
import type { Finding } from "@rollerblade/errors";
import { rawSourcesOf } from "../linked-datasets/raw-sources.ts";
import { boundedFacts } from "./bounded-facts.ts";
import { storable } from "./storable.ts";
import { structBytes } from "./struct-size.ts";

/** A file that describes others: with its content where it is JSON. */
export type Describing = {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly content: JsonObject | null;
};

/** A file that `.bidsignore` names, with what its path tells. */
export type IgnoredCandidate = { readonly is: IgnoredFile; readonly file: FileFact };

/** All that the facts of one scan depend on; nothing else does, in particular not the order in which it came. */
export type ScanInput = {
  readonly dataset: string;
  readonly name: BidsName;
  /** Its data file, or the files of the folder that counts as one; in order of path. */
  readonly images: readonly {
    readonly path: string;
    readonly size: number;
    readonly sha256: string;
    /** What its header says. */
    readonly image: JsonObject | null;
  }[];
  /** Over all companions and sidecars that might describe it. */
  readonly index: InheritanceIndex;
  readonly describing: ReadonlyMap<string, Describing>;
  /** Ignored files of its subject, in order of path. */
  readonly ignored: readonly IgnoredCandidate[];
  readonly subjectAttributes: JsonObject;
  /** From `sessions.tsv` and phenotypes. */
  readonly sessionAttributes: JsonObject;
  /** From `scans.tsv` and `samples.tsv`. */
  readonly scanAttributes: JsonObject;
};

/** What is wrong with a scan as it was indexed, and the rule that is broken. */
export type ScanFinding = Finding & { readonly rule: "several-sidecars" | "not-searchable" };

/** The facts of a scan but for its revision, and what tells whether they changed. */
export type MergedScan = {
  readonly facts: Omit<ScanFacts, "revision">;
  /** Of what a derivative was made from in its source dataset, the paths; null where its metadata do not say. */
  readonly rawSources: readonly string[] | null;
  /** Paths of all JSON that was merged, from the top downwards. */
  readonly sidecars: readonly string[];
  readonly findings: readonly ScanFinding[];
  readonly size: number;
  readonly sha256: string | null;
  readonly factsHash: string;
  readonly imagesHash: string;
};

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

const imageFacts = ({ name, images }: ScanInput): FileFact[] =>
  images.map(({ path, size, sha256 }) => ({
    path,
    role: path === name.path ? "image" : `image${path.slice(name.path.length)}`,
    size,
    sha256,
  }));

const companionFacts = ({ describing }: ScanInput, { companions }: Inherited): FileFact[] =>
  companions.flatMap(({ path, role }) => {
    const file = describing.get(path);
    return file === undefined ? [] : [{ path, role, size: file.size, sha256: file.sha256 }];
  });

/** What the header of the image says, with the b-values of its volumes where it is of diffusion, and its events. */
const headerOf = ({ name, images, describing }: ScanInput, { companions }: Inherited): { image?: JsonObject } => {
  const image = images.find(({ path }) => path === name.path)?.image ?? null;
  const contents = companions
    .filter(({ role }) => role === "bval" || role === "events.tsv")
    .flatMap(({ path }) => describing.get(path)?.content ?? []);
  if (image === null && contents.length === 0) return {};
  return { image: Object.assign({}, image, ...contents) };
};

/** Bytes of ignored files in a message: some 150 names, which is several times what pipelines leave beside one scan. */
const maxIgnoredBytes = 32 * 1024;

/** The ignored files that may go with a scan: those of its own folder first, as far as a message has room for them. */
const ignoredFacts = ({ name, ignored }: ScanInput): { files: FileFact[]; findings: Finding[] } => {
  const { path, subject, session, entities } = name;
  const fitting = ignored.filter(({ is }) => mayGoWith(is, { subject: subject ?? "", session, entities }));
  const [beside, elsewhere] = [true, false].map((isBeside) =>
    fitting.map(({ file }) => file).filter((file) => (folderOf(file.path) === folderOf(path)) === isBeside),
  );
  const all = [...(beside ?? []), ...(elsewhere ?? [])];
  let bytes = 0;
  const files = all.filter((file) => {
    bytes += bytesOfFiles([file]);
    return bytes <= maxIgnoredBytes;
  });
  const left = all.length - files.length;
  const message = `${left} of ${all.length} files that .bidsignore names are too many to be given to analyses with this scan`;
  return { files, findings: left === 0 ? [] : [{ where: path, message }] };
};

/** Bytes of files in a message: a hash of 71 letters, a size, and tags and lengths beside path and role. */
const bytesOfFiles = (files: readonly FileFact[]): number =>
  files.reduce((sum, { path, role }) => sum + Buffer.byteLength(path) + Buffer.byteLength(role) + 96, 0);

/** Puts a scan together from its images, what it inherits, and the tables. */
export const mergeScan = (input: ScanInput): MergedScan => {
  const { dataset, name, images, index, describing } = input;
  const inherited = index.of(name);
  const merged = storable(mergeMetadata(inherited.sidecars.map((path) => describing.get(path)?.content ?? {})));
  const header = headerOf(input, inherited);
  const files = [...imageFacts(input), ...companionFacts(input, inherited)];
  const ignored = ignoredFacts(input);
  const { facts: known, findings } = boundedFacts(
    name.path,
    {
      metadata: merged,
      subjectAttributes: input.subjectAttributes,
      sessionAttributes: sessionAttributes(input.subjectAttributes, input.sessionAttributes),
      scanAttributes: input.scanAttributes,
    },
    structBytes(header.image ?? {}) + bytesOfFiles([...files, ...ignored.files]),
  );
  const { scanAttributes, ...always } = known;
  const facts = {
    dataset,
    subject: name.subject ?? "",
    session: name.session,
    path: name.path,
    datatype: name.datatype ?? "",
    suffix: name.suffix,
    extension: name.extension,
    entities: name.entities,
    ...always,
    ...(Object.keys(scanAttributes).length === 0 ? {} : { scanAttributes }),
    ...header,
    files,
    ...(ignored.files.length === 0 ? {} : { ignoredFiles: ignored.files }),
  };
  return {
    facts,
    rawSources: rawSourcesOf(merged),
    sidecars: inherited.sidecars,
    findings: [
      ...inherited.findings.map((finding) => ({ ...finding, rule: "several-sidecars" as const })),
      ...[...findings, ...ignored.findings].map((finding) => ({ ...finding, rule: "not-searchable" as const })),
    ],
    size: images.reduce((sum, { size }) => sum + size, 0),
    sha256: images.find(({ path }) => path === name.path)?.sha256 ?? null,
    factsHash: hashOf(canonicalJson(facts)),
    imagesHash: hashOf(canonicalJson(images.map(({ path, sha256 }) => [path, sha256]))),
  };
};
