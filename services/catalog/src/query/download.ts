import type { DownloadFile } from "@rollerblade/client";
import type { ObjectStore } from "@rollerblade/object-store";
import pLimit from "p-limit";
import { keyOf } from "../indexing/verify-object.ts";

/** A file that can be handed out; its hash is null where nobody keeps it. */
export type Handout = {
  readonly dataset: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string | null;
};

/** Seconds that a link lives: long enough for a large download. */
const linkSeconds = 24 * 3600;
const headsAtOnce = pLimit(16);

/** A file as a link. */
export const linked = async (objects: ObjectStore, { dataset, path, size, sha256 }: Handout): Promise<DownloadFile> => {
  const filename = path.split("/").at(-1);
  const url = await objects.presignGet(keyOf(dataset, path), { expires: linkSeconds, filename });
  return { dataset, path, size, sha256, url, content: null };
};

type Derived = Handout & { readonly extension: string };

/** What stands beside a derivative: its sidecar, and the description of the derivative dataset with its provenance. */
const besides = ({ path, extension }: Derived): string[] => {
  const folder = path.split("/").slice(0, 2).join("/");
  const sidecar = extension === ".json" ? [] : [`${path.slice(0, path.length - extension.length)}.json`];
  return [...sidecar, `${folder}/dataset_description.json`, `${folder}/.rollerblade/provenance.jsonl`];
};

/** Derivatives with everything that makes valid derivative datasets of them, each file once. */
export const withDescriptions = async (objects: ObjectStore, derivatives: readonly Derived[]): Promise<Handout[]> => {
  const described = new Map(
    derivatives.flatMap((one) =>
      besides(one).map((path) => [keyOf(one.dataset, path), { dataset: one.dataset, path }]),
    ),
  );
  const found = await Promise.all(
    [...described].map(([key, place]) =>
      headsAtOnce(async () => {
        const head = await objects.head(key);
        return head === null ? [] : [{ ...place, size: head.size, sha256: null }];
      }),
    ),
  );
  return [...derivatives, ...found.flat()];
};
