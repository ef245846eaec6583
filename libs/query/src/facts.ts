import { isJsonObject, type JsonObject } from "@rollerblade/abids";
import { type ScanFacts, scanTexts } from "@rollerblade/abids/facts";

/** What an expression is asked about: by group, the values of its fields. An absent group or value is unknown. */
export type QueryFacts = { readonly [group: string]: JsonObject | undefined };

/** NIfTI's fourth dimension; an image of three dimensions is one volume. */
const withVolumes = (image: JsonObject): JsonObject => {
  const { dims } = image;
  if (!Array.isArray(dims)) return image;
  const [, , , volumes = 1] = dims;
  return { ...image, volumes };
};

const eventsOf = (image: JsonObject | null | undefined): JsonObject | undefined => {
  const events = image?.events;
  return events !== undefined && isJsonObject(events) ? events : undefined;
};

/** The facts of one scan, with its image as `file`. */
export const queryFactsOfScan = (scan: ScanFacts): QueryFacts => {
  const image = scan.files.find((file) => file.path === scan.path);
  const texts = Object.fromEntries(scanTexts.map((name) => [name, scan[name]]));
  return {
    dataset: { name: scan.dataset },
    subject: { ...scan.subjectAttributes, label: scan.subject },
    session: { ...scan.sessionAttributes, label: scan.session },
    scan: { ...scan.scanAttributes, ...texts, entities: scan.entities },
    file: image && { path: image.path, extension: scan.extension, size: image.size, sha256: image.sha256 },
    metadata: scan.metadata,
    image: scan.image && withVolumes(scan.image),
    // Of a scan with events: the columns of their table as lists.
    events: eventsOf(scan.image),
    // Of a diffusion image: its b-values in s/mm², one for each volume.
    dwi: scan.image?.bvalues === undefined ? undefined : { bvalues: scan.image.bvalues },
  };
};
