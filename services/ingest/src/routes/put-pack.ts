import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { faultOfPointer, readJsonObject } from "@rollerblade/abids";
import { importPartKey } from "@rollerblade/abids/bucket-layout";
import { ingestRoutes, packBytes, packIndex } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { implement } from "@rollerblade/service-kit";
import { v7 } from "uuid";
import { ownImport, requireOpen } from "../imports/may-import.ts";
import type { Ingest } from "../ingest.ts";
import { endedMeanwhile, jsonContents, type StagedRow, writeStaged } from "../staged/staged-rows.ts";

/**
 * Serves packs of small contents: a hundred thousand sidecars are not a hundred thousand requests, nor as many staged
 * objects.
 */
export const servePutPack = (ingest: Ingest): void => {
  implement(ingest, ingestRoutes.putPack, async ({ params, principal, request }) => {
    const row = await ownImport(ingest, principal, params.import);
    requireOpen(row);
    await ingest.quota.room(principal.name);
    const { index, bytes } = splitPack(await readAll(request.body));
    const key = importPartKey(row.id, "pack", v7());
    const json = await jsonContents(
      ingest.sql,
      row.id,
      index.map(([sha256]) => sha256),
    );
    const rows = checkContents(index, bytes, key, json);
    await ingest.objects.put(key, bytes, { size: bytes.length, signal: ingest.signal });
    ingest.quota.add(principal.name, bytes.length);
    if (await writeStaged(ingest.sql, row.id, rows)) return { contents: rows.length };
    await ingest.objects.delete([key]);
    throw endedMeanwhile(row.id);
  });
};

type Index = readonly (readonly [sha256: string, size: number])[];

const readAll = async (body: unknown): Promise<Buffer> => {
  if (!(body instanceof Readable)) throw invalid("The pack must come as application/octet-stream.");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > packBytes + 2 ** 20)
      throw new Problem({ code: "too-large", message: `A pack has at most ${packBytes} bytes.` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const splitPack = (pack: Buffer): { index: Index; bytes: Buffer } => {
  const end = pack.indexOf(10);
  const index = packIndex.safeParse(end < 0 ? null : parse(pack.toString("utf8", 0, end)));
  if (!index.success) throw invalid("A pack begins with a line of JSON: [hash, size] of each content.");
  const bytes = pack.subarray(end + 1);
  if (index.data.reduce((sum, [, size]) => sum + size, 0) !== bytes.length)
    throw invalid("The pack has not the bytes that it names.");
  return { index: index.data, bytes };
};

const checkContents = (index: Index, bytes: Buffer, key: string, json: ReadonlyMap<string, boolean>): StagedRow[] => {
  let start = 0;
  return index.map(([sha256, size]) => {
    const content = bytes.subarray(start, start + size);
    const row = { sha256, size, key, start, checked: json.get(sha256) === true };
    start += size;
    if (!json.has(sha256)) throw invalid(`The manifest names no content ${sha256}.`);
    if (`sha256:${createHash("sha256").update(content).digest("hex")}` !== sha256)
      throw invalid(`Other bytes than ${sha256} came.`);
    const faultOfJson = row.checked ? (readJsonObject("", content).findings[0]?.message ?? null) : null;
    return { ...row, fault: faultOfPointer(content, size) ?? faultOfJson };
  });
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

const invalid = (message: string): Problem => new Problem({ code: "invalid", message, next: "Import again." });
