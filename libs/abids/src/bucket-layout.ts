/**
 * The layout of the bucket: which object has which key. It is a contract, since several services read what another one writes and
 * operators set lifecycle rules by it.
 *
 * | prefix | holds | written by |
 * | --- | --- | --- |
 * | `datasets/<dataset>/` | files under their BIDS names, our derivatives below `derivatives/` | ingest, scheduler |
 * | `archive/<dataset>/` | contents of derivatives that no longer have a name, by hash | scheduler |
 * | `assets/<asset>/` | contents of assets, by hash | scheduler |
 * | `staging/` | work in progress: uploads, outputs of attempts, bodies of large requests | ingest, Pods, pipeline router |
 * | `references/` | lists of sources that are too long for a message | scheduler |
 * | `logs/` | logs of attempts | scheduler |
 * | `mounts/` | addresses of datasets that are not copied into the bucket | ingest |
 */

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

/** Returns the hexadecimal digits of a `sha256:…` hash. */
const digits = (sha256: string): string => sha256.slice("sha256:".length);

/** The prefix of all datasets: `<dataset>/<path>` follows. */
export const datasetsPrefix = "datasets/";

/** Returns the key of a file of a dataset, raw or derived: `path` is relative to the dataset. */
export const datasetKey = (dataset: string, path: string): string => `${datasetsPrefix}${dataset}/${path}`;

/** Returns the prefix of all files of a dataset, or of those in one of its folders: `datasetPrefix("ds1", "sub-01")`. */
export const datasetPrefix = (dataset: string, folder?: string): string =>
  folder === undefined ? datasetKey(dataset, "") : datasetKey(dataset, `${folder}/`);

/** Takes the key of a file of a dataset apart, the inverse of {@link datasetKey}; null for any other key. */
export const parseDatasetKey = (key: string): { readonly dataset: string; readonly path: string } | null => {
  const [, dataset, path] = /^datasets\/([^/]+)\/(.+)$/s.exec(key) ?? [];
  return dataset === undefined || path === undefined ? null : { dataset, path };
};

/** Whether a path within a dataset lies among our derivatives, which are in the bucket even where the raw files are elsewhere. */
export const isDerivativePath = (path: string): boolean => path.startsWith("derivatives/");

/** Returns the prefix of the contents that a dataset's derivatives once had. */
export const archivePrefix = (dataset: string): string => `archive/${dataset}/`;

/** Returns the key of a content of a derivative whose name holds something else by now. */
export const archiveKey = (dataset: string, sha256: string): string => `${archivePrefix(dataset)}${digits(sha256)}`;

/** Returns the prefix of the contents of an asset, whichever of its versions they belong to. */
export const assetPrefix = (asset: string): string => `assets/${asset}/`;

/** Returns the key of a content of an asset. */
export const assetKey = (asset: string, sha256: string): string => `${assetPrefix(asset)}${digits(sha256)}`;

/** The prefix of work in progress. */
export const stagingPrefix = "staging/";

/** Whether an object is work in progress, which only the process that made it writes. */
export const isStagingKey = (key: string): boolean => key.startsWith(stagingPrefix);

/** Returns the prefix of what an import uploads until it is published. */
export const importPrefix = (importId: string): string => `${stagingPrefix}imports/${importId}/`;

/** Returns the key of a content that an import uploads by itself. */
export const importContentKey = (importId: string, sha256: string): string =>
  `${importPrefix(importId)}${digits(sha256)}`;

/** Returns the key of a part of an upload or of many files packed into one object: `importPartKey(id, "pack", uuid)`. */
export const importPartKey = (importId: string, kind: "part" | "pack", name: string | number): string =>
  `${importPrefix(importId)}${kind}-${name}`;

/** Returns the key of the `dataset_description.json` that ingest writes for an import. */
export const importDescriptionKey = (importId: string): string => `${importPrefix(importId)}description`;

/** Returns the prefix of the source that was sent for a conversion; it lies among what ingest alone writes. */
export const conversionPrefix = (conversionId: string): string =>
  `${stagingPrefix}imports/conversions/${conversionId}/`;

/** Returns the key of one file of that source: `conversionSourceKey(id, uuid)`. */
export const conversionSourceKey = (conversionId: string, name: string): string =>
  `${conversionPrefix(conversionId)}${name}`;

/** Returns the prefix of everything that the attempts of an execution have put. */
export const executionPrefix = (execution: string): string => `${stagingPrefix}${execution}/`;

/** Returns the prefix of everything that one attempt has put. */
export const attemptPrefix = (execution: string, attempt: string): string => `${executionPrefix(execution)}${attempt}/`;

/** A Pod of an attempt, by its uid: each has a place of its own, so that one that was thought dead cannot overwrite another's outputs. */
export type PodPlace = { readonly execution: string; readonly attempt: string; readonly pod: string };

/** Returns the key of an output of a Pod. */
export const podOutputKey = ({ execution, attempt, pod }: PodPlace, file: string): string =>
  `${attemptPrefix(execution, attempt)}${pod}/${file}`;

/** Returns the key of the report that lists a Pod's outputs, which it puts last of all. */
export const podReportKey = ({ execution, attempt, pod }: PodPlace): string =>
  `${attemptPrefix(execution, attempt)}${pod}.json`;

/** Returns the key of the report beside an output of a Pod; null for the output of an attempt without a Pod. */
export const reportKeyBeside = (outputKey: string): string | null => {
  // A Pod's outputs lie below its uid, those of a tree deeper still.
  const [pod] = new RegExp(`^${stagingPrefix}${uuid}/${uuid}/${uuid}(?=/)`).exec(outputKey) ?? [];
  return pod === undefined ? null : `${pod}.json`;
};

/** Returns the execution that an object in staging belongs to, or null where it belongs to none. */
export const executionOfKey = (key: string): string | null =>
  new RegExp(`^${stagingPrefix}(${uuid})/`).exec(key)?.[1] ?? null;

/** The prefix of the bodies of requests that are too large for a message. */
export const sliceBodyPrefix = `${stagingPrefix}slices/`;

/** Returns the key of the body of a decision's request; `round` counts the requests of one decision. */
export const sliceBodyKey = (decision: string, round: number): string => `${sliceBodyPrefix}${decision}-${round}.json`;

/** Takes the key of a body apart, the inverse of {@link sliceBodyKey}; null for any other key. */
export const parseSliceBodyKey = (key: string): { readonly decision: string; readonly round: number } | null => {
  const [, decision, round] = new RegExp(`^${sliceBodyPrefix}(${uuid})-(\\d+)\\.json$`).exec(key) ?? [];
  return decision === undefined ? null : { decision, round: Number(round) };
};

/** The prefix of the lists of sources. */
export const referencePrefix = "references/";

/** Returns the key of the list of sources of what a task made. */
export const referenceKey = (task: string): string => `${referencePrefix}${task}.json`;

/** Returns the task whose sources an object lists, the inverse of {@link referenceKey}; null for any other key. */
export const taskOfReferenceKey = (key: string): string | null =>
  new RegExp(`^${referencePrefix}(${uuid})\\.json$`).exec(key)?.[1] ?? null;

/** Returns the prefix of the logs of an execution. */
export const logPrefix = (execution: string): string => `logs/${execution}/`;

/** Returns the key of the log of an attempt; attempts are numbered from 1. */
export const logKey = (execution: string, attemptNumber: number): string =>
  `${logPrefix(execution)}${attemptNumber}.txt`;

/** Returns the key of the address of a dataset whose raw files lie elsewhere. */
export const mountKey = (dataset: string): string => `mounts/${dataset}.json`;

/** Returns the key of the object that `rollerblade doctor` puts and deletes to try the bucket. */
export const probeKey = (name: string): string => `${stagingPrefix}doctor/${name}`;
