import { datatypes, entityRules, type IndexedFile, type Json } from "@rollerblade/abids";

/** One thing that PyBIDS says otherwise, with all that a reason may depend on. */
export type PybidsCase = {
  readonly folder: string;
  readonly file: string;
  readonly line: IndexedFile | undefined;
  readonly what: "missing" | "entity" | "metadata";
  readonly key: string;
  readonly ours: Json | undefined;
  readonly theirs: Json | undefined;
};

type Reason = { readonly applies: (one: PybidsCase) => boolean; readonly because: string };

/** Datatypes and entities in the configurations `bids` and `derivatives` of PyBIDS 0.22. */
const theirDatatypes = new Set("anat beh dwi eeg fmap func ieeg meg micr motion mrs nirs perf pet".split(" "));
const theirEntities = new Set(
  "subject session sample task tracksys acquisition nucleus volume ceagent staining tracer reconstruction direction run proc modality echo flip inv mt part recording space chunk suffix scans fmap datatype extension atlas roi label desc from to mode hemi segmentation res den model subset".split(
    " ",
  ),
);
const shortKeys = new Map(entityRules.map(({ name, key }) => [name, key]));

const fileName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
const isEntity = (one: PybidsCase): boolean => one.what === "entity";

/** Why PyBIDS differs although we follow the specification; each is a rule, not a list of files. */
const reasons: readonly Reason[] = [
  {
    applies: (one) =>
      isEntity(one) &&
      one.ours === undefined &&
      !one.file.includes(String(one.theirs)) &&
      one.folder.includes(String(one.theirs)),
    because:
      "PyBIDS searches the absolute path and read the entity off a folder around the dataset; BIDS has entities in names within it (Common principles, Filenames)",
  },
  {
    applies: (one) =>
      isEntity(one) &&
      one.ours === undefined &&
      !fileName(one.file).includes(String(one.theirs)) &&
      one.file.includes(String(one.theirs)),
    because:
      "PyBIDS read the entity off a folder; BIDS has entities in the file name, which this one lacks (Common principles, Filenames)",
  },
  {
    applies: (one) =>
      isEntity(one) &&
      one.key === "datatype" &&
      one.theirs === undefined &&
      datatypes.has(String(one.ours)) &&
      !theirDatatypes.has(String(one.ours)),
    because: "PyBIDS 0.22 does not know the datatype, which BIDS 1.11 has (schema objects.datatypes)",
  },
  {
    applies: (one) =>
      isEntity(one) &&
      one.theirs === undefined &&
      one.ours !== undefined &&
      shortKeys.has(one.key) &&
      !theirEntities.has(one.key),
    because: "PyBIDS 0.22 does not know the entity, which BIDS 1.11 has (schema objects.entities)",
  },
  {
    applies: (one) => isEntity(one) && one.theirs === undefined && one.key === "run" && !/[_/]run-\d+/.test(one.file),
    because: "PyBIDS reads an index only where digits follow (Appendix, Entities)",
  },
  {
    applies: (one) => one.what === "missing" && /\.(ds|mefd|zarr)\//.test(one.file),
    because: "the file lies in a folder that BIDS counts as one file (schema extensions .ds/, .mefd/, .ome.zarr/)",
  },
  {
    applies: (one) => one.what === "missing" && /(^|\/)\./.test(one.file),
    because: "hidden files and folders are not part of a dataset (Common principles, Filesystem structure)",
  },
  {
    applies: (one) =>
      one.what === "metadata" && one.line?.findings.some(({ rule }) => rule === "several-sidecars") === true,
    because:
      "several sidecars of one level apply, which BIDS forbids, and says nothing about their order (Inheritance principle, rule 4)",
  },
  {
    applies: (one) => one.what === "metadata" && one.theirs === null && one.ours === undefined,
    because: "PyBIDS reads NaN, which is not JSON (RFC 8259); the sidecar is a finding",
  },
];

/** Why PyBIDS is wrong by the specification here, or null: then it is ours to fix. */
export const pybidsReason = (one: PybidsCase): string | null =>
  reasons.find(({ applies }) => applies(one))?.because ?? null;
