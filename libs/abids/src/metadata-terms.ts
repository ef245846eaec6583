import schema from "./schema/schema.json" with { type: "json" };

/** The definition of a term of JSON sidecars in the BIDS schema. */
export type MetadataTerm = { readonly description: string; readonly units: string | null };

type Entry = { readonly description?: string; readonly unit?: string };

/** The first sentence, without the marks of Markdown and without links. */
const firstSentence = (description: string): string =>
  (description.split(/(?<=[.!?])\s|\n\n/)[0] ?? "")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[`*]/g, "")
    .replace(/\s+/g, " ")
    .trim();

const entries: Readonly<Record<string, Entry>> = schema.objects.metadata;

/** Terms of JSON sidecars by name: `RepetitionTime`, `EchoTime` … */
export const metadataTerms: ReadonlyMap<string, MetadataTerm> = new Map(
  Object.entries(entries).map(([name, { description = "", unit }]) => [
    name,
    { description: firstSentence(description), units: unit ?? null },
  ]),
);
