import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { openLocation, openObjectStore } from "@rollerblade/object-store";
import { findVersitygw, startVersitygw } from "@rollerblade/object-store/testing";
import { type Imported, timed, withImportWorld } from "./import-world.ts";

/** Seconds of imports from a real S3 server, beside what its bare use takes. */
export type S3Seconds = {
  readonly files: number;
  readonly bareList: number;
  /** Every object read and written to a folder, as many at once as an import does. */
  readonly bareCopy: number;
  readonly inPlace: Imported;
  readonly unchanged: number;
  readonly copied: Imported;
};

/** Requests at once. */
const atOnce = 24;

/** Imports the files of a folder from VersityGW; null where there is none. */
export const timedS3Imports = async (folder: string): Promise<S3Seconds | null> => {
  const program = await findVersitygw();
  if (program === null) return null;
  const s3 = await startVersitygw(program);
  const { host, username, password } = new URL(s3.url.replace("s3+http:", "http:"));
  process.env.AWS_ENDPOINT_URL = `http://${host}`;
  process.env.AWS_ACCESS_KEY_ID = username;
  process.env.AWS_SECRET_ACCESS_KEY = password;
  try {
    await upload(folder, s3.url);
    const address = "s3://bucket/dataset";
    return await withImportWorld(async (world) => {
      const { seconds: bareList, value: paths } = await timed(() => list(address));
      const { seconds: bareCopy } = await timed(() => copyAll(address, paths, join(world.folder, "bare")));
      const inPlace = await world.timedImport(address, "placed", true);
      const { accepted: unchanged } = await world.timedImport(address, "placed", true);
      const copied = await world.timedImport(address, "copied", false);
      return { files: paths.length, bareList, bareCopy, inPlace, unchanged, copied };
    });
  } finally {
    await s3.stop();
  }
};

const upload = async (folder: string, url: string): Promise<void> => {
  const store = openObjectStore(url, { publicUrl: "http://127.0.0.1:1", secret: "x" });
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  await each(files, async (file) => {
    await store.put(`dataset/${relative(folder, file)}`, await readFile(file));
  });
};

const each = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const left = items.values();
  const hand = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, hand));
};

const list = async (address: string): Promise<string[]> => {
  const paths: string[] = [];
  for await (const page of (await openLocation(address)).list({ top: [], hidden: false }))
    paths.push(...page.files.map(({ path }) => path));
  return paths;
};

const copyAll = async (address: string, paths: readonly string[], to: string): Promise<void> => {
  const location = await openLocation(address);
  await each(paths, async (path) => {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await pipeline(await location.get(path), createWriteStream(join(to, path)));
  });
};
