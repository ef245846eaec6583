import type { IndexedFile } from "@rollerblade/abids";

/** A name that only one of us refuses. */
export type NameCase = {
  readonly path: string;
  readonly line: IndexedFile | undefined;
  /** Of the validator; empty where we alone refuse. */
  readonly codes: readonly string[];
  readonly ours: ReadonlyMap<string, IndexedFile>;
};

type Reason = { readonly applies: (one: NameCase) => boolean; readonly because: string };

const only = (one: NameCase, ...codes: readonly string[]): boolean =>
  one.codes.length > 0 && one.codes.every((code) => codes.includes(code));
const ourRule = (one: NameCase): string | null => (one.codes.length === 0 ? (one.line?.kind ?? null) : null);
const isMetadataFile = (path: string): boolean => /\.(json|tsv|bval|bvec)$/.test(path);

/** Why we differ from the validator although we follow the specification. */
const reasons: readonly Reason[] = [
  {
    applies: (one) => one.path.endsWith("/") && one.line === undefined,
    because: "the validator refuses folders too; we speak of the files in them, each of which is refused or ignored",
  },
  {
    applies: (one) => ourRule(one) === "wrong-folder" && isBesideDatatype(one.path),
    because:
      "the validator judges a file by its name wherever it lies; BIDS wants it in sub-<label>/[ses-<label>/]<datatype>/ (Common principles, Filesystem structure)",
  },
  {
    applies: (one) => ourRule(one) === "entity-value",
    because:
      "the validator does not check the values that BIDS lists for an entity (Appendix, Entities; schema objects.entities.*.enum)",
  },
  {
    applies: (one) =>
      only(one, "MISSING_REQUIRED_ENTITY", "ALL_FILENAME_RULES_HAVE_ISSUES") && isMetadataFile(one.path),
    because:
      "a metadata file may lie at any level and leave out entities, so that it applies to several data files (Inheritance principle, rules 1 and 2, corollary 2)",
  },
  {
    applies: (one) => only(one, "EXTENSION_MISMATCH") && one.line?.suffix === "headshape",
    because:
      "the schema allows any extension there (rules.files.raw.meg.headshape: .*), which the validator takes literally",
  },
  {
    applies: (one) => only(one, "NOT_INCLUDED") && one.line?.suffix === "meg" && one.line.extension === null,
    because:
      "a recording of 4D/BTi is a folder without an extension (schema rules.files.raw.meg.meg: /), which the validator takes for any folder",
  },
  {
    applies: (one) => ourRule(one) === "unsafe-path",
    because:
      "no key of an object store, or a danger to whoever prints or unpacks it; the validator does not look at that",
  },
];

/** Not directly in a datatype folder of a subject or session. */
const isBesideDatatype = (path: string): boolean =>
  !/^(sub|tpl)-[^/]+\/((ses|cohort)-[^/]+\/)?(anat|beh|dwi|eeg|emg|fmap|func|ieeg|meg|micr|motion|mrs|nirs|perf|pet)\/[^/]+$/.test(
    path,
  );

/** Why we are right by the specification, or null: then it is ours to fix. */
export const validatorReason = (one: NameCase): string | null =>
  reasons.find(({ applies }) => applies(one))?.because ?? null;
