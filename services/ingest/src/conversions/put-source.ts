import { faultOfPath } from "@rollerblade/abids";
import { conversionSourceKey } from "@rollerblade/abids/bucket-layout";
import { Problem } from "@rollerblade/errors";
import type { Stored } from "@rollerblade/object-store";
import { v7 } from "uuid";
import type { Ingest } from "../ingest.ts";
import { bodyStream } from "../staged/body-stream.ts";
import { fileTooLarge } from "../staged/staged-quota.ts";
import type { ConversionRow } from "../tables.gen.ts";

/** Files of one source: what has more is sent as archives. */
const maxSourceFiles = 10_000;

/**
 * Stores one file of a conversion's source; the same path again replaces it. @throws Problem `invalid` for a path that leads out or
 * meets another one, `too-large` and `too-many-requests` for more than somebody may have staged
 */
export const putSource = async (
  ingest: Ingest,
  { id, uploader, address }: ConversionRow,
  path: string,
  body: unknown,
): Promise<Stored & { readonly path: string }> => {
  const { sql, objects, signal } = ingest;
  if (address !== null)
    throw new Problem({ code: "conflict", message: "The server reads this source itself.", subject: address });
  const fault = faultOfPath(path);
  if (fault !== null)
    throw new Problem({ code: "invalid", message: `${path} cannot be stored: ${fault}.`, subject: path });
  await requireFree(ingest, id, path);
  const maxBytes = Math.min(await ingest.quota.room(uploader), ingest.config.conversionBytes);
  // A key of its own: whoever reads the former file is not interrupted.
  const key = conversionSourceKey(id, v7());
  const stored = await objects.put(key, bounded(bodyStream(body), maxBytes), { signal });
  ingest.quota.add(uploader, stored.size);
  const [former] = await sql<{ key: string }[]>`
    select key from ingest.conversion_sources where conversion_id = ${id} and path = ${path}`;
  const recorded = await sql`
    insert into ingest.conversion_sources (conversion_id, path, size, sha256, key)
    select id, ${path}, ${stored.size}, ${stored.sha256}, ${key} from ingest.conversions
    where id = ${id} and state in ('open', 'planned', 'refused')
    on conflict (conversion_id, path) do update set size = excluded.size, sha256 = excluded.sha256, key = excluded.key`;
  if (recorded.count === 0) {
    await objects.delete([key]);
    throw new Problem({ code: "conflict", message: "The conversion was begun or ended meanwhile.", subject: id });
  }
  await sql`update ingest.conversions set updated_at = now() where id = ${id}`;
  if (former !== undefined) await objects.delete([former.key]);
  return { path, ...stored };
};

/** A path must not be a folder of another one. @throws Problem `invalid`, `too-large` */
const requireFree = async ({ sql }: Ingest, id: string, path: string): Promise<void> => {
  const [met] = await sql<{ files: number; other: string | null }[]>`
    select count(*)::int as files,
      max(path) filter (where starts_with(path, ${`${path}/`}) or starts_with(${path}, path || '/')) as other
    from ingest.conversion_sources where conversion_id = ${id}`;
  if (met !== undefined && met.other !== null)
    throw new Problem({
      code: "invalid",
      message: `${path} and ${met.other} cannot both be there: one is a folder of the other.`,
      subject: path,
    });
  if (met === undefined || met.files < maxSourceFiles) return;
  throw new Problem({
    code: "too-large",
    message: `A source has at most ${maxSourceFiles} files.`,
    next: "Send them in an archive: tar, tar.gz or zip.",
  });
};

const bounded = async function* (body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw fileTooLarge(maxBytes);
    yield chunk;
  }
};
