import { openAsBlob } from "node:fs";
import { type HttpClient, type ImportStatus, ingestRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";

/** One file to upload: where it lies, and its path in the dataset. */
export type UploadFile = { readonly location: string; readonly path: string };

/** What is to be uploaded. */
export type UploadOptions = {
  readonly client: HttpClient;
  readonly dataset: string;
  readonly files: readonly UploadFile[];
  readonly signal?: AbortSignal;
};

/**
 * Adds scans with their companions to a dataset, all or nothing; files stream from disk. The same upload again changes
 * nothing.
 * @throws Problem `not-found` for a missing file, `invalid` with everything that is not BIDS, and the problems of the
 * server
 */
export const uploadScan = async ({ client, dataset, files, signal }: UploadOptions): Promise<ImportStatus> => {
  const form = new FormData();
  for (const { location, path } of files) form.append("file", await blobOf(location), path);
  const response = await client.raw(`/v1/uploads?dataset=${encodeURIComponent(dataset)}`, {
    method: "POST",
    body: form,
    signal: signal ?? null,
  });
  return ingestRoutes.upload.response.parse(await response.json());
};

/** Node throws at once for a file that is not there, and later for one that cannot be read. */
const blobOf = async (location: string): Promise<Blob> => {
  try {
    return await openAsBlob(location);
  } catch (cause) {
    throw new Problem(
      {
        code: "not-found",
        message: `The file ${location} is not there, or cannot be read.`,
        subject: location,
        next: "Write FILE=ITS-PATH-IN-THE-DATASET, with the path of a file on this machine first.",
      },
      { cause },
    );
  }
};
