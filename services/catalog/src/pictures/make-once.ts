import { createHash } from "node:crypto";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import { hasImageHeader } from "@rollerblade/abids/image-header";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { ObjectStore } from "@rollerblade/object-store";
import { makePicture, type Picture } from "@rollerblade/pictures";
import { createFairQueue } from "@rollerblade/service-kit";
import { findPicture, keepPicture } from "./kept-pictures.ts";

/** What making pictures needs. */
type PictureTools = {
  readonly sql: Sql;
  readonly objects: Pick<ObjectStore, "get">;
  readonly signal: AbortSignal;
  readonly config: { readonly pictureSeconds: number; readonly picturesAtOnce: number };
};

/** A file as the catalog knows it. */
type PicturedFile = { readonly dataset: string; readonly path: string; readonly sha256: string };

/** Pictures of one person that may wait for their turn: those of the largest page. */
const maxWaiting = 1_000;

/**
 * Makes each picture once: what was asked for before is read from the table, and who asks while one is being made waits for the same one.
 * People take turns, so that a page of a thousand pictures holds up nobody else.
 */
export const createPictures = (tools: PictureTools) => {
  const { sql, config } = tools;
  const queue = createFairQueue({
    maxRunning: config.picturesAtOnce,
    maxRunningPerPerson: config.picturesAtOnce,
    maxWaitingPerPerson: maxWaiting,
  });
  const underWay = new Map<string, Promise<Picture>>();
  const make = async (person: string, file: PicturedFile): Promise<Picture> => {
    const picture = await queue.run(person, () => pictureOf(tools, file));
    await keepPicture(sql, file, picture);
    return picture;
  };
  return {
    /** The picture of a file that `person` may read, or why it has none. @throws Problem `unavailable` while the file is replaced */
    async of(person: string, file: PicturedFile): Promise<Picture> {
      if (!hasImageHeader(file.path)) return { problem: "Pictures are made of NIfTI images (.nii, .nii.gz)." };
      const kept = await findPicture(sql, file);
      if (kept !== null) return kept;
      const content = `${file.dataset} ${file.sha256}`;
      const waiting = underWay.get(content);
      if (waiting !== undefined) return waiting;
      const making = make(person, file).finally(() => underWay.delete(content));
      underWay.set(content, making);
      return making;
    },
  };
};

/** Makes the picture of the bytes that the catalog has the hash of, so that none is kept under the hash of others. */
const pictureOf = async ({ objects, config, signal }: PictureTools, file: PicturedFile): Promise<Picture> => {
  const { dataset, path, sha256 } = file;
  const object = await objects.get(datasetKey(dataset, path), { signal });
  const hash = createHash("sha256");
  const hashed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of object.iterator({ destroyOnReturn: false })) {
      hash.update(chunk);
      yield chunk;
    }
  };
  try {
    const isCompressed = path.endsWith(".gz");
    const picture = await makePicture({
      file: hashed(),
      isCompressed,
      timeoutMs: config.pictureSeconds * 1000,
      signal,
    });
    // A picture may need less than all of the file.
    if (!object.readableEnded) for await (const chunk of object) hash.update(chunk);
    if (`sha256:${hash.digest("hex")}` === sha256) return picture;
  } finally {
    object.destroy();
  }
  throw new Problem({
    code: "unavailable",
    message: `${path} is being replaced.`,
    subject: path,
    next: "Try again in a moment.",
  });
};
