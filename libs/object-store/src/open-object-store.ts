import { fileURLToPath } from "node:url";
import { Problem } from "@rollerblade/errors";
import { folderStore } from "./folder/folder-store.ts";
import { lazyStore } from "./lazy-store.ts";
import { mountedStore } from "./mounts/mounted-store.ts";
import type { ObjectStore } from "./object-store.ts";
import { readS3Address } from "./s3/s3-address.ts";

/** What links of the folder store need; S3 signs its own. */
export type OpenOptions = {
  /** Where people reach the gateway. */
  readonly publicUrl: string;
  readonly secret: string;
};

/**
 * The store behind an address: `file:///folder`, `s3://key:secret@host/bucket?…` or `s3+http://…`. `none:` is for a service that needs no
 * store and is therefore given no key: every verb fails.
 * @throws Problem `invalid` when the address is none of these
 */
export const openObjectStore = (url: string, options: OpenOptions): ObjectStore => {
  if (url.startsWith("file:")) return mountedStore(folderStore({ folder: fileURLToPath(url), ...options }));
  if (/^s3(\+http)?:\/\//.test(url)) {
    const address = readS3Address(url);
    return mountedStore(lazyStore(async () => (await import("./s3/s3-store.ts")).s3Store(address)));
  }
  if (url === "none:") return lazyStore(async () => Promise.reject(noStore()));
  throw new Problem({
    code: "invalid",
    message: "This is not the address of an object store.",
    subject: url.split("@").at(-1),
    next: "Write it as file:///folder or s3://key:secret@host/bucket.",
  });
};

const noStore = (): Problem =>
  new Problem({
    code: "unavailable",
    message: "This service has no object store.",
    subject: "ROLLERBLADE_OBJECTS",
    next: "Give it the address of the bucket.",
  });
