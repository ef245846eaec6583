import { Readable } from "node:stream";
import { assetKey } from "@rollerblade/abids/bucket-layout";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { ObjectStore, Stored } from "@rollerblade/object-store";

/** What storing contents needs. */
export type PuttingContents = {
  readonly sql: Sql;
  readonly objects: Pick<ObjectStore, "put">;
  readonly signal: AbortSignal;
};

/**
 * Stores a content that a version of an asset announces; sending it twice changes nothing.
 * @throws Problem `not-found` for one that none announces, `invalid` for bytes that are not it
 */
export const putContent = async (
  { sql, objects, signal }: PuttingContents,
  asset: string,
  sha256: string,
  body: unknown,
): Promise<Stored> => {
  const [announced] = await sql<{ size: number }[]>`
    select (file ->> 'size')::bigint as size
    from scheduler.assets as version cross join jsonb_array_elements(version.files) as file
    where version.name = ${asset} and file ->> 'sha256' = ${sha256} limit 1`;
  if (announced === undefined)
    throw new Problem({
      code: "not-found",
      message: `No version of ${asset} announces the content ${sha256}.`,
      subject: sha256,
      next: "Announce it first: create the version with the list of its files.",
    });
  return objects.put(assetKey(asset, sha256), bodyOf(body), { size: announced.size, sha256, signal });
};

/** An empty file may come without any body. @throws Problem `invalid` */
const bodyOf = (body: unknown): Readable => {
  if (body instanceof Readable) return body;
  if (body === undefined || body === null) return Readable.from([]);
  throw new Problem({ code: "invalid", message: "The bytes must come as application/octet-stream." });
};
