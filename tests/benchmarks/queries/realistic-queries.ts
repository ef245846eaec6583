/** A query as a person asks it, and as somebody who knows the tables would write it by hand, with `$1` for the datasets. */
export type RealisticQuery = {
  readonly title: string;
  readonly expression: string;
  readonly level: "scan" | "session" | "subject";
  /** Columns by which the level is named. */
  readonly names: string;
  readonly where: string;
};

const scans = { level: "scan", names: "s.dataset, s.path" } as const;
const sessions = { level: "session", names: "s.dataset, s.subject, s.session" } as const;
const subjects = { level: "subject", names: "s.dataset, s.subject" } as const;
const bold = `exists (select from catalog.scans b where b.dataset = s.dataset and b.subject = s.subject and b.session = s.session and b.suffix = 'bold')`;
const mask = `exists (select from catalog.derivatives d where d.dataset = s.dataset and d.scan = s.path and d.analysis = 'brain-mask' and d.state = 'in-force')`;

/** Ten questions, from the broad to the rare. */
export const realisticQueries: readonly RealisticQuery[] = [
  { ...scans, title: "all T1w", expression: 'scan.suffix == "T1w"', where: "s.suffix = 'T1w'" },
  {
    ...scans,
    title: "T1w of adults under 30",
    expression: 'scan.suffix == "T1w" && subject.age >= 20 && subject.age < 30',
    where: "s.suffix = 'T1w' and s.subject_age >= 20 and s.subject_age < 30",
  },
  {
    ...scans,
    title: "T1w with TR < 2.4 beside bold",
    expression:
      'subject.age >= 20.0 && scan.suffix == "T1w" && metadata.RepetitionTime < 2.4 && "bold" in session.suffixes',
    where: `s.subject_age >= 20 and s.suffix = 'T1w' and (s.metadata ->> 'RepetitionTime')::float8 < 2.4 and ${bold}`,
  },
  {
    ...sessions,
    title: "sessions with a rest run",
    expression: 'scan.entities.task == "rest"',
    where: `s.entities @> '{"task": "rest"}'`,
  },
  {
    ...subjects,
    title: "women of 60 to 70 years",
    expression: 'subject.sex == "F" && subject.age >= 60 && subject.age <= 70',
    where: "s.subject_attributes ->> 'sex' = 'F' and s.subject_age between 60 and 70",
  },
  {
    ...scans,
    title: "one scanner and field",
    expression: 'metadata.Manufacturer == "Philips" && metadata.MagneticFieldStrength == 1.5 && scan.suffix == "dwi"',
    where: `s.metadata @> '{"Manufacturer": "Philips", "MagneticFieldStrength": 1.5}' and s.suffix = 'dwi'`,
  },
  {
    ...scans,
    title: "T1w without a brain mask",
    expression: 'scan.suffix == "T1w" && !has.derivative("brain-mask")',
    where: `s.suffix = 'T1w' and not ${mask}`,
  },
  {
    ...scans,
    title: "one subject",
    expression: 'subject.label == "00007"',
    where: "s.subject = '00007'",
  },
  {
    ...scans,
    title: "the very old",
    expression: "subject.age > 87.9",
    where: "s.subject_age > 87.9",
  },
  {
    ...scans,
    title: "a value that few have",
    expression: 'metadata.SeriesNumber == 17 && metadata.AcquisitionNumber == 1 && scan.suffix == "FLAIR"',
    where: `s.metadata @> '{"SeriesNumber": 17, "AcquisitionNumber": 1}' and s.suffix = 'FLAIR'`,
  },
];
