import { createHash } from "node:crypto";

/** A session of the generated catalog. */
export type Session = { readonly dataset: string; readonly subject: string; readonly session: string };

type Row = Record<string, unknown>;

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A number from 0 to 1 that depends on the words alone (FNV-1a, mixed), so that every run generates the same catalog. */
export const draw = (...words: readonly string[]): number => {
  let state = 0x811c9dc5;
  for (const word of words)
    for (let at = 0; at <= word.length; at += 1)
      state = Math.imul(state ^ (at < word.length ? word.charCodeAt(at) : 31), 0x01000193);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return ((state ^ (state >>> 16)) >>> 0) / 2 ** 32;
};

const oneOf = <T>(items: readonly T[], at: number): T | undefined => items[Math.floor(at * items.length)];

const scanners = [
  { Manufacturer: "Siemens", ManufacturersModelName: "Prisma", MagneticFieldStrength: 3 },
  { Manufacturer: "Siemens", ManufacturersModelName: "Skyra", MagneticFieldStrength: 3 },
  { Manufacturer: "GE", ManufacturersModelName: "MR750", MagneticFieldStrength: 3 },
  { Manufacturer: "Philips", ManufacturersModelName: "Achieva", MagneticFieldStrength: 1.5 },
] as const;

const attributesOf = (dataset: string, subject: string): Row => {
  const at = draw(dataset, subject);
  return {
    age: Math.round((18 + draw(dataset, subject, "age") * 70) * 10) / 10,
    sex: at < 0.52 ? "F" : "M",
    handedness: draw(dataset, subject, "hand") < 0.1 ? "L" : "R",
    group: at < 0.3 ? "patient" : "control",
    site: `site-${Math.floor(at * 7)}`,
  };
};

/** A line of `participants.tsv`. */
export const subjectRow = (dataset: string, subject: string): Row => ({
  dataset,
  label: subject,
  attributes: attributesOf(dataset, subject),
  scans: 16,
});

const sessionAttributes = ({ dataset, subject, session }: Session): Row => {
  const { age, ...others } = attributesOf(dataset, subject);
  return { ...others, age: session === "followup" ? Number(age) + 2 : age, acq_time: "2019-05-01T10:00:00" };
};

/** A line of `sessions.tsv`. */
export const sessionRows = (session: Session): Row => ({
  dataset: session.dataset,
  subject: session.subject,
  label: session.session,
  attributes: sessionAttributes(session),
  scans: 8,
});

const kinds = [
  { datatype: "anat", suffix: "T1w", entities: {}, metadata: { RepetitionTime: 2.3, EchoTime: 0.00298, FlipAngle: 9 } },
  { datatype: "anat", suffix: "T2w", entities: {}, metadata: { RepetitionTime: 3.2, EchoTime: 0.408, FlipAngle: 120 } },
  { datatype: "anat", suffix: "FLAIR", entities: {}, metadata: { RepetitionTime: 9, EchoTime: 0.12, FlipAngle: 150 } },
  {
    datatype: "func",
    suffix: "bold",
    entities: { task: "rest", run: "01" },
    metadata: { RepetitionTime: 0.8, EchoTime: 0.03 },
  },
  {
    datatype: "func",
    suffix: "bold",
    entities: { task: "rest", run: "02" },
    metadata: { RepetitionTime: 0.8, EchoTime: 0.03 },
  },
  { datatype: "func", suffix: "bold", entities: { task: "nback" }, metadata: { RepetitionTime: 2, EchoTime: 0.028 } },
  {
    datatype: "dwi",
    suffix: "dwi",
    entities: {},
    metadata: { RepetitionTime: 3.4, EchoTime: 0.071, TotalReadoutTime: 0.06 },
  },
  { datatype: "fmap", suffix: "epi", entities: { dir: "AP" }, metadata: { RepetitionTime: 7.1, EchoTime: 0.066 } },
] as const;

const sliceTiming = Array.from({ length: 36 }, (_, slice) => Math.round((slice % 9) * 222.5) / 2500);

const metadataOf = (path: string, dataset: string, kind: (typeof kinds)[number]): Row => ({
  ...oneOf(scanners, draw(dataset, path.slice(0, 9))),
  ...kind.metadata,
  RepetitionTime: kind.metadata.RepetitionTime * (draw(path, "tr") < 0.05 ? 1.1 : 1),
  Modality: "MR",
  SoftwareVersions: "syngo MR E11",
  BodyPartExamined: "BRAIN",
  PatientPosition: "HFS",
  SeriesDescription: `${kind.suffix} of ${dataset}`,
  ProtocolName: kind.suffix,
  ImageType: ["ORIGINAL", "PRIMARY", "M", "ND", "NORM"],
  SeriesNumber: Math.floor(draw(path, "series") * 30),
  AcquisitionTime: `${10 + Math.floor(draw(path, "hour") * 8)}:${10 + Math.floor(draw(path, "minute") * 50)}:05.1275`,
  AcquisitionNumber: 1,
  SliceThickness: 0.8,
  SAR: Math.round(draw(path, "sar") * 1e6) / 1e6,
  ReceiveCoilName: "Head_32",
  PixelBandwidth: 220,
  DwellTime: 0.0000071,
  InPlanePhaseEncodingDirectionDICOM: "ROW",
  InstitutionName: `Institute ${dataset}`,
  ConversionSoftware: "dcm2niix",
  ConversionSoftwareVersion: "v1.0.20220720",
  ...(kind.suffix === "bold"
    ? { TaskName: kind.entities.task, SliceTiming: sliceTiming, PhaseEncodingDirection: "j-" }
    : {}),
});

/** The eight scans of a session, as rows of `catalog.scans`. */
export const scanRows = (at: Session): Row[] =>
  kinds.map((kind) => {
    const { dataset, subject, session } = at;
    const entities = { sub: subject, ses: session, ...kind.entities };
    const name = Object.entries(entities)
      .map(([key, value]) => `${key}-${value}`)
      .join("_");
    const path = `sub-${subject}/ses-${session}/${kind.datatype}/${name}_${kind.suffix}.nii.gz`;
    const sidecar = path.replace(".nii.gz", ".json");
    const [image, json] = [`sha256:${hash(dataset + path)}`, `sha256:${hash(dataset + sidecar)}`];
    const size = 1_000_000 + Math.floor(draw(dataset, path) * 90_000_000);
    return {
      ...{
        dataset,
        path,
        subject,
        session,
        datatype: kind.datatype,
        suffix: kind.suffix,
        extension: ".nii.gz",
        entities,
      },
      metadata: metadataOf(path, dataset, kind),
      subject_attributes: attributesOf(dataset, subject),
      session_attributes: sessionAttributes(at),
      files: [
        { path, role: "image", size, sha256: image },
        { path: sidecar, role: "json", size: 1_200, sha256: json },
      ],
      sidecars: `{${sidecar}}`,
      ...{
        size,
        sha256: image,
        facts_hash: hash(`${dataset}${path}facts`),
        images_hash: hash(`${dataset}${path}images`),
        revision: 1,
      },
    };
  });

/** The files of a scan, as rows of `catalog.files`. */
export const fileRows = (scan: Row): Row[] => {
  const path = String(scan.path);
  const common = {
    dataset: scan.dataset,
    folder: path.slice(0, path.lastIndexOf("/")),
    subject: scan.subject,
    session: scan.session,
  };
  const common2 = { ...common, suffix: scan.suffix, entities: scan.entities, published_at: "2026-01-01T00:00:00Z" };
  return [
    {
      ...common2,
      path,
      kind: "image",
      scan: path,
      extension: ".nii.gz",
      size: scan.size,
      sha256: scan.sha256,
      content: null,
    },
    {
      ...common2,
      ...{ path: path.replace(".nii.gz", ".json"), kind: "sidecar", scan: null, extension: ".json", size: 1_200 },
      ...{ sha256: `sha256:${hash(String(scan.dataset) + path.replace(".nii.gz", ".json"))}`, content: scan.metadata },
    },
  ];
};
