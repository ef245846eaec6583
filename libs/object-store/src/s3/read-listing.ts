import type { ListedObject } from "../object-store.ts";

/** One page of a bucket's list. */
export type Listing = { readonly objects: readonly ListedObject[]; readonly truncated: boolean };

/**
 * Reads the XML answer of ListObjectsV2. Keys are URL-encoded when the answer says so, which not every server does.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export const readListing = (xml: string): Listing => {
  const encoded = textOf(xml, "EncodingType") === "url";
  const decode = (key: string): string => (encoded ? decodeURIComponent(key.replaceAll("+", " ")) : key);
  const objects = [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, entry = ""]) => {
    const etag = textOf(entry, "ETag").replaceAll('"', "");
    const modified = modifiedOf(entry);
    return {
      key: decode(textOf(entry, "Key")),
      size: Number(textOf(entry, "Size")),
      ...(etag !== "" && { etag }),
      ...(modified !== undefined && { modified }),
    };
  });
  return { objects, truncated: textOf(xml, "IsTruncated") === "true" };
};

/** The `LastModified` of an entry, or of an answer about one object; undefined where there is none. */
export const modifiedOf = (xml: string): Date | undefined => {
  const modified = new Date(textOf(xml, "LastModified"));
  return Number.isNaN(modified.getTime()) ? undefined : modified;
};

const textOf = (xml: string, element: string): string =>
  unescapeXml(new RegExp(`<${element}>(.*?)</${element}>`, "s").exec(xml)?.[1] ?? "");

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

const unescapeXml = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return entities[name ?? ""] ?? whole;
  });
