import type { Client } from "minio";
import type { ListedObject } from "../object-store.ts";
import { readErrorMessage, readListing } from "./read-answer.ts";

/** Seconds that the signature of one page is good for. */
const pageExpiry = 300;
/** Milliseconds that a page may take. */
const pageTimeoutMs = 60_000;

/**
 * Lists a bucket page by page, each page after the last key of the one before. Asked for by hand, since the client decodes
 * keys twice (`+` and `%` in names come out wrong) and trims spaces. `unsigned` is the server's address where
 * anybody may list; `after` is a key behind which it begins.
 */
export const listBucket = async function* (
  client: Client,
  bucket: string,
  prefix: string,
  { unsigned, after: begin = "" }: { readonly unsigned?: string | undefined; readonly after?: string } = {},
): AsyncGenerator<readonly ListedObject[]> {
  const urlOf = async (query: Record<string, string>): Promise<string> =>
    unsigned === undefined
      ? client.presignedUrl("GET", bucket, "", pageExpiry, query)
      : `${unsigned}/${bucket}?${new URLSearchParams(query)}`;
  let after = begin;
  for (let more = true; more; ) {
    const query = {
      "list-type": "2",
      "encoding-type": "url",
      prefix,
      ...(after === "" ? {} : { "start-after": after }),
    };
    const page = readListing(await fetchPage(await urlOf(query)));
    yield page.objects;
    const last = page.objects.at(-1)?.key ?? "";
    // A page that ends where the last one ended would be asked for forever.
    more = page.truncated && last > "" && last !== after;
    after = last;
  }
};

const fetchPage = async (url: string): Promise<string> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(pageTimeoutMs) });
  const text = await response.text();
  if (response.ok) return text;
  throw new Error(readErrorMessage(text) ?? `HTTP ${response.status}`);
};
