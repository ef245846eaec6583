/** Where a shown value stands: a place in a JSON file (RFC 6901), or a column of the first row of a TSV file. */
export type TagValue =
  | { readonly in: "json"; readonly pointer: string }
  | { readonly in: "tsv"; readonly column: string };

/** How the front end shows a derivative. */
export type Show =
  | {
      readonly kind: "metric";
      readonly value: TagValue;
      readonly unit: string | null;
      /** Digits after the point, or null for all there are. */
      readonly digits: number | null;
    }
  | {
      readonly kind: "table" /** Columns in their order, or null for all of them. */;
      readonly columns: readonly string[] | null;
    }
  | { readonly kind: "image" | "chart" | "document" | "file" };

/** What is shown of the outputs of an analysis. */
export type Tag = {
  readonly name: string;
  readonly from: { readonly analysis: string; readonly output: string };
  readonly title: string;
  readonly description: string | null;
  readonly show: Show;
};
