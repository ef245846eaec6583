/** What a person thinks of an image. */
export const verdicts = ["pass", "unsure", "fail"] as const;
export type Verdict = (typeof verdicts)[number];

/** What rating needs to know of a scan. */
export type RatedScan = {
  readonly dataset: string;
  readonly path: string;
  readonly subject: string;
  readonly session: string | null;
  readonly subjectAttributes: Readonly<Record<string, unknown>>;
  readonly sessionAttributes: Readonly<Record<string, unknown>>;
};

/** A part of the name of a column that queries can ask for without quotes. */
const word = (text: string): string => text.replace(/[^A-Za-z0-9_]+/g, "");

/**
 * The beginning of the columns that hold the ratings of a scan: what its name has beside the person and the visit.
 * @example ratingPrefix({ path: "sub-01/ses-1/func/sub-01_ses-1_task-rest_bold.nii.gz", … }) // "qc_taskrest_bold_"
 */
export const ratingPrefix = ({ path }: Pick<RatedScan, "path">): string => {
  const name = path.slice(path.lastIndexOf("/") + 1).replace(/\..*$/, "");
  const parts = name.split("_").filter((part) => !/^(sub|ses)-/.test(part));
  return `qc_${parts.map(word).join("_")}_`;
};

/** The column in which one person's rating of a scan stands, in the table of people or of visits. */
export const ratingColumn = (scan: Pick<RatedScan, "path">, rater: string): string =>
  `${ratingPrefix(scan)}${word(rater.replace(/[.@-]/g, "_"))}`;

const isVerdict = (value: unknown): value is Verdict => verdicts.some((verdict) => verdict === value);

/** The ratings of a scan, by rater. A visit's own table counts where the scan has a visit. */
export const ratingsOf = (scan: RatedScan): ReadonlyMap<string, Verdict> => {
  const prefix = ratingPrefix(scan);
  const columns = scan.session === null ? scan.subjectAttributes : scan.sessionAttributes;
  return new Map(
    Object.entries(columns).flatMap(([column, value]) =>
      column.startsWith(prefix) && isVerdict(value) ? [[column.slice(prefix.length), value] as const] : [],
    ),
  );
};

/** How much two raters agree beyond chance, and on how many scans that both have rated. */
export type Agreement = { readonly scans: number; readonly kappa: number | null };

/**
 * Cohen's kappa (Educational and Psychological Measurement 20, 1960): 1 where two raters always agree, 0 where they agree as often as chance
 * would. Null where they have rated nothing in common, or both have given one and the same verdict throughout.
 */
export const agreement = (pairs: readonly (readonly [Verdict, Verdict])[]): Agreement => {
  const scans = pairs.length;
  const share = (count: number): number => count / scans;
  const observed = share(pairs.filter(([a, b]) => a === b).length);
  const expected = verdicts.reduce((sum, verdict) => {
    const [first, second] = [0, 1].map((rater) => share(pairs.filter((pair) => pair[rater] === verdict).length));
    return sum + (first ?? 0) * (second ?? 0);
  }, 0);
  return { scans, kappa: scans === 0 || expected === 1 ? null : (observed - expected) / (1 - expected) };
};
