import { isJsonList, type Json, type JsonObject } from "@rollerblade/abids";

/** Fields of BIDS that name what a derivative was made from. */
const fields = ["Sources", "RawSources"] as const;

/**
 * The paths in the source dataset that a derivative's metadata name: of BIDS URIs (`bids:raw:sub-01/…`) those of another dataset, and
 * relative paths as they were written before BIDS had URIs; null where they name none.
 */
export const rawSourcesOf = (metadata: JsonObject): readonly string[] | null => {
  const paths = fields.flatMap((field) => textsIn(metadata[field])).flatMap((text) => pathIn(text) ?? []);
  return paths.length === 0 ? null : [...new Set(paths)].slice(0, maxSources);
};

/** More of one file tell nothing that can be searched. */
const maxSources = 1_000;

const textsIn = (value: Json | undefined): string[] => {
  if (typeof value === "string") return [value];
  return value !== undefined && isJsonList(value) ? value.filter((one) => typeof one === "string") : [];
};

const pathIn = (text: string): string | null => {
  const [, dataset, path] = /^bids:([^:]*):(.+)$/s.exec(text) ?? [];
  if (path !== undefined) return dataset === "" ? null : path;
  const below = text.replace(/^(?:\.{1,2}\/)+/, "");
  return below.startsWith("sub-") ? below : null;
};
