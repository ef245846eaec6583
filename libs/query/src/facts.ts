/** A value of a table or a sidecar. */
export type FactValue = null | boolean | number | string | readonly FactValue[] | FactObject;

/** Named values. */
export type FactObject = { readonly [key: string]: FactValue };

/** What an expression is asked about: by group, the values of its fields. An absent group or value is unknown. */
export type QueryFacts = { readonly [group: string]: FactObject | undefined };

type ScanLike = {
  readonly dataset: string;
  readonly subject: string;
  readonly session: string | null;
  readonly path: string;
  readonly datatype: string;
  readonly suffix: string;
  readonly extension: string;
  readonly entities: Readonly<Record<string, string>>;
  readonly metadata: FactObject;
  readonly subjectAttributes: FactObject;
  readonly sessionAttributes: FactObject;
  readonly scanAttributes?: FactObject;
  readonly image?: FactObject;
  readonly files: readonly {
    readonly path: string;
    readonly role: string;
    readonly size: number;
    readonly sha256: string;
  }[];
};

/** The facts of one scan, with its image as `file`. */
export const queryFactsOfScan = (scan: ScanLike): QueryFacts => {
  const image = scan.files.find((file) => file.path === scan.path);
  const { path, datatype, suffix, extension, entities } = scan;
  return {
    dataset: { name: scan.dataset },
    subject: { ...scan.subjectAttributes, label: scan.subject },
    session: { ...scan.sessionAttributes, label: scan.session },
    scan: { ...scan.scanAttributes, path, datatype, suffix, extension, entities },
    file: image && { path: image.path, extension, size: image.size, sha256: image.sha256 },
    metadata: scan.metadata,
    image: scan.image,
  };
};
