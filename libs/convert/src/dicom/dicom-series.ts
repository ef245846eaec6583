import type { JsonObject } from "@rollerblade/abids";
import type { DicomHeader } from "./dicom-header.ts";

/** The files of one `SeriesInstanceUID`, wherever they lie. */
export type DicomSeries = {
  readonly uid: string;
  /** By the number of the file in the source. */
  readonly headers: readonly DicomHeader[];
  /** Headers of its first file, with the number of files as `files`. */
  readonly facts: JsonObject;
  /** When its first file was acquired. */
  readonly acquired: string | null;
  /** What makes it incomplete or unfit to be shared, in words that follow on its name. */
  readonly faults: readonly string[];
};

/** Files of the source that are copies of others, by `SOPInstanceUID`. */
export type Grouping = {
  readonly series: readonly DicomSeries[];
  readonly copies: readonly { readonly header: DicomHeader; readonly of: DicomHeader }[];
};

/** Groups the files of images by series; a file that is there twice counts once. */
export const groupSeries = (headers: readonly DicomHeader[]): Grouping => {
  const firstOf = new Map<string, DicomHeader>();
  const copies: { header: DicomHeader; of: DicomHeader }[] = [];
  const bySeries = new Map<string, DicomHeader[]>();
  // Of two copies the whole one counts.
  const wholeFirst = [...headers].sort((a, b) => Number(a.missingBytes > 0) - Number(b.missingBytes > 0));
  for (const header of wholeFirst) {
    const key = `${header.seriesUid} ${header.instanceUid}`;
    const known = firstOf.get(key);
    if (known !== undefined) {
      copies.push({ header, of: known });
      continue;
    }
    firstOf.set(key, header);
    const members = bySeries.get(header.seriesUid) ?? [];
    members.push(header);
    bySeries.set(header.seriesUid, members);
  }
  const series = [...bySeries].map(([uid, members]) =>
    seriesOf(
      uid,
      members.sort((a, b) => (a.file.path < b.file.path ? -1 : 1)),
    ),
  );
  return { series, copies };
};

const seriesOf = (uid: string, headers: readonly DicomHeader[]): DicomSeries => {
  const times = headers.flatMap(({ acquired }) => acquired ?? []).sort();
  return {
    uid,
    headers,
    facts: { ...headers[0]?.facts, files: headers.length },
    acquired: times[0] ?? null,
    faults: [...damaged(headers), ...burnedIn(headers), ...missingSlices(headers)],
  };
};

const damaged = (headers: readonly DicomHeader[]): readonly string[] => {
  const cut = headers.filter(({ missingBytes }) => missingBytes > 0);
  const [first] = cut;
  return first === undefined
    ? []
    : [`has ${cut.length} of ${headers.length} files that were cut off; the first is ${first.file.path}`];
};

const burnedIn = (headers: readonly DicomHeader[]): readonly string[] =>
  headers.some(({ isBurnedIn }) => isBurnedIn)
    ? ["may have names burned into the picture (BurnedInAnnotation, or a picture of a screen)"]
    : [];

/** A step between two slices that is this much wider than the usual one has a slice missing in it. */
const widest = 1.5;

/** Slices of one direction lie at equal distances, and as often at one place as at another. */
const missingSlices = (headers: readonly DicomHeader[]): readonly string[] => {
  const stacks = new Map<string, number[]>();
  for (const { slice } of headers) {
    if (slice === null) continue;
    const distances = stacks.get(slice.orientation) ?? [];
    distances.push(slice.distance);
    stacks.set(slice.orientation, distances);
  }
  return [...stacks.values()].flatMap((distances) => faultOfStack(distances) ?? []);
};

const faultOfStack = (distances: readonly number[]): string | null => {
  const counts = new Map<string, number>();
  for (const distance of distances) counts.set(distance.toFixed(2), (counts.get(distance.toFixed(2)) ?? 0) + 1);
  // Two slices have one step, which nobody can call too wide.
  if (counts.size < 3) return null;
  const places = [...counts.keys()].map(Number).sort((a, b) => a - b);
  const steps = places.slice(1).map((place, index) => place - (places[index] ?? place));
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  const gap = steps.findIndex((step) => step > usual * widest);
  if (gap >= 0)
    return `misses slices: between ${places[gap]} and ${places[gap + 1]} mm, where the slices are ${usual.toFixed(2)} mm apart`;
  const most = Math.max(...counts.values());
  const short = places.filter((place) => (counts.get(place.toFixed(2)) ?? 0) < most);
  return short.length === 0
    ? null
    : `misses slices: ${short.length} of ${places.length} places have fewer than ${most} of them`;
};
