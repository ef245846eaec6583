import { faultOfDatasetName, faultOfPath } from "@rollerblade/abids";
import type { FileFact } from "@rollerblade/abids/facts";
import { fileFactFromMessage, type Received } from "@rollerblade/events";
import type { Change } from "./change.ts";
import { type CheckedFile, checkFiles, type FileTools, faultOfAnnouncement } from "./check-files.ts";
import { classifyName } from "./file-record.ts";
import { accepted, type Checked, refused } from "./refusal.ts";
import type { FaultOfRight } from "./rights.ts";

/** What checking events needs. */
export type CheckTools = FileTools & { readonly faultOfRight: FaultOfRight };

/** A publisher whose clock is ahead could otherwise say something that nothing later undoes. */
const publishedAt = ({ time }: Received): Date => (time.getTime() > Date.now() ? new Date() : time);

/** Ingest has hashed what it announces; a team is believed only as far as the bucket bears it out. */
const isHashed = ({ publisher }: Received): boolean => publisher.kind === "service";

/** In whose name it was published: the team itself, whatever its message says, or the person for whom the service works. */
const principalOf = ({ publisher }: Received, named: string): string =>
  publisher.kind === "team" ? publisher.name : named;

const placeFault = (event: Received, dataset: string): string | null =>
  event.dataset === dataset
    ? null
    : `it was published about ${event.dataset ?? "no dataset"}, but its body names ${dataset}`;

/** All of a scan's files are its images or go with images. */
const faultOfScan = (path: string, files: readonly CheckedFile[]): string | null => {
  const images = files.filter(({ record }) => record.scan === path);
  if (images.length === 0) {
    const is = classifyName(path);
    return is.class === "invalid" ? `${path} is not BIDS: ${is.reason}` : `${path} is not among its files as an image`;
  }
  const strangers = files.filter(({ record }) => record.scan !== path && record.kind !== "companion");
  return strangers[0] === undefined ? null : `${strangers[0].record.path} does not go with ${path}`;
};

/** Checks `scan.uploaded`: right, names, and that the bucket holds exactly the bytes that were announced. */
export const checkScanUploaded = async (
  event: Received<"scan.uploaded">,
  tools: CheckTools,
): Promise<Checked<Change>> => {
  const { dataset, path, uploader, batch } = event.message;
  const files: readonly FileFact[] = event.message.files.map(fileFactFromMessage);
  const fault =
    faultOfAnnouncement(dataset, files) ??
    placeFault(event, dataset) ??
    (await tools.faultOfRight(principalOf(event, uploader), dataset));
  if (fault !== null) return refused(fault);
  const checked = await checkFiles(tools, dataset, files, publishedAt(event), isHashed(event));
  if (!checked.ok) return checked;
  const misfit = faultOfScan(path, checked.value);
  if (misfit !== null) return refused(misfit);
  return accepted({
    event,
    dataset,
    batch: batch ?? null,
    scan: path,
    files: checked.value,
    removed: [],
    publishedAt: publishedAt(event),
  });
};

/** Checks `metadata.uploaded` in the same way; images have no place in it. */
export const checkMetadataUploaded = async (
  event: Received<"metadata.uploaded">,
  tools: CheckTools,
): Promise<Checked<Change>> => {
  const { dataset, uploader, batch, removed } = event.message;
  const files: readonly FileFact[] = event.message.files.map(fileFactFromMessage);
  const fault =
    faultOfAnnouncement(dataset, files) ??
    removed.map(faultOfPath).find((one) => one !== null) ??
    placeFault(event, dataset) ??
    (await tools.faultOfRight(principalOf(event, uploader), dataset));
  if (fault !== null) return refused(fault);
  const checked = await checkFiles(tools, dataset, files, publishedAt(event), isHashed(event));
  if (!checked.ok) return checked;
  const image = checked.value.find(({ record }) => record.kind === "image");
  if (image !== undefined) return refused(`${image.record.path} is an image and no metadata`);
  return accepted({
    event,
    dataset,
    batch: batch ?? null,
    scan: null,
    files: checked.value,
    removed,
    publishedAt: publishedAt(event),
  });
};

/** Checks `scan.removed`: only the right, since what is gone cannot be looked at. */
export const checkScanRemoved = async (
  event: Received<"scan.removed">,
  tools: CheckTools,
): Promise<Checked<Change>> => {
  const { dataset, path, remover, batch } = event.message;
  const fault =
    faultOfDatasetName(dataset) ??
    faultOfPath(path) ??
    placeFault(event, dataset) ??
    (await tools.faultOfRight(principalOf(event, remover), dataset));
  if (fault !== null) return refused(fault);
  return accepted({
    event,
    dataset,
    batch: batch ?? null,
    scan: null,
    files: [],
    removed: [path],
    publishedAt: publishedAt(event),
  });
};
