import type { AnyEmission, Cause } from "@rollerblade/events";
import type { FileContent, Mode, Plan, PlannedScan } from "./plan.ts";

/** The dataset and uploader of an import, and the cause of its events. */
export type ImportOrigin = {
  readonly id: string;
  readonly dataset: string;
  readonly uploader: string;
  readonly mode: Mode;
  readonly cause: Cause;
  /** After this moment the batch no longer holds anything up. */
  readonly expiresAt: Date;
};

/** A message has at most 512 KiB; a path may be 900 bytes. */
const bytesOfMessage = 300 * 1024;

/** Whether the changes belong together, so that somebody may wait for all of them. */
export const isBatch = ({ mode }: ImportOrigin): boolean => mode !== "upload";

/** The changes of a plan, in order. */
export const changesOf = (plan: Plan, origin: ImportOrigin): AnyEmission[] => {
  const { dataset, uploader, cause, id } = origin;
  const batch = isBatch(origin) ? { batch: id } : {};
  return [
    ...inMessages(plan.metadata.map(fileOf), plan.metadataRemoved).map(
      (part): AnyEmission => ({ topic: "metadata.uploaded", message: { dataset, uploader, ...batch, ...part }, cause }),
    ),
    ...uploadsOf(plan.scansUploaded).map((scans): AnyEmission => {
      const [one, ...others] = scans;
      return one !== undefined && others.length === 0
        ? { topic: "scan.uploaded", message: { dataset, ...one, uploader, ...batch }, cause }
        : { topic: "scan.imported", message: { dataset, uploader, ...batch, scans }, cause };
    }),
    ...plan.scansRemoved.map(
      (path): AnyEmission => ({
        topic: "scan.removed",
        message: { dataset, path, remover: uploader, ...batch },
        cause,
      }),
    ),
  ];
};

/** Limit of scans of one part of a plan that get a message each; more are grouped. */
const maxSingleScans = 50;

/** Limits of scans and bytes in one grouped message, which a consumer handles as a whole. */
const [scansOfMessage, bytesOfScans] = [100, 64 * 1024];

type ScanMessage = { readonly path: string; readonly files: FileMessage[] };

/**
 * Scans in messages: each by itself, or of many as many as fit, since what a message costs would be most of what a
 * large import costs.
 */
const uploadsOf = (planned: readonly PlannedScan[]): ScanMessage[][] => {
  const scans = planned.map(({ path, files }): ScanMessage => ({ path, files: files.map(fileOf) }));
  if (scans.length <= maxSingleScans) return scans.map((scan) => [scan]);
  const messages: ScanMessage[][] = [];
  let room = 0;
  for (const scan of scans) {
    const bytes = scan.files.reduce((sum, { path }) => sum + Buffer.byteLength(path) + 120, 120);
    const last = messages.at(-1);
    if (last === undefined || last.length === scansOfMessage || bytes > room) {
      messages.push([scan]);
      room = bytesOfScans;
    } else last.push(scan);
    room -= bytes;
  }
  return messages;
};

/** That changes begin which belong together. */
export const opening = ({ id, dataset, cause, ...origin }: ImportOrigin): AnyEmission => {
  const expiresAt = { seconds: BigInt(Math.floor(origin.expiresAt.getTime() / 1000)), nanos: 0 };
  return { topic: "batch.opened", message: { batch: id, dataset, expiresAt }, cause };
};

type FileMessage = { path: string; role: string; size: bigint; sha256: string };

const fileOf = ({ path, role, size, sha256 }: FileContent & { role: string }): FileMessage => ({
  path,
  role,
  size: BigInt(size),
  sha256,
});

/** Files and removed paths in as many messages as their size needs; none at all gives no message. */
const inMessages = (
  files: readonly FileMessage[],
  removed: readonly string[],
): { files: FileMessage[]; removed: string[] }[] => {
  const parts: { files: FileMessage[]; removed: string[] }[] = [];
  let room = 0;
  const partFor = (bytes: number): { files: FileMessage[]; removed: string[] } => {
    const last = parts.at(-1);
    if (last !== undefined && bytes <= room) {
      room -= bytes;
      return last;
    }
    const next = { files: [], removed: [] };
    parts.push(next);
    room = bytesOfMessage - bytes;
    return next;
  };
  for (const file of files) partFor(Buffer.byteLength(file.path) + 120).files.push(file);
  for (const path of removed) partFor(Buffer.byteLength(path) + 8).removed.push(path);
  return parts;
};
