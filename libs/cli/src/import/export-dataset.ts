import type { Level } from "@rollerblade/analysis";
import { catalogRoutes, type DownloadFile, type HttpClient } from "@rollerblade/client";
import { type DownloadOptions, type DownloadReport, downloadFiles } from "./download-files.ts";

type Where = Omit<DownloadOptions, "files" | "placeOf"> & {
  readonly client: HttpClient;
  /** Also what was derived and is in force. */
  readonly derivatives?: boolean;
};

/** A whole dataset as a BIDS tree. @throws as `downloadFiles` */
export const exportDataset = ({
  client,
  dataset,
  derivatives = false,
  ...where
}: Where & { readonly dataset: string }): Promise<DownloadReport> =>
  downloadFiles({
    ...where,
    files: pages((after) =>
      client.call(catalogRoutes.exportDataset, {
        params: { dataset },
        query: { derivatives: String(derivatives), ...after },
      }),
    ),
  });

/** What a query finds, each dataset in a folder of its own name. @throws as `downloadFiles` */
export const downloadQuery = ({
  client,
  query,
  derivatives = false,
  ...where
}: Where & { readonly query: QueryOf }): Promise<DownloadReport> =>
  downloadFiles({
    ...where,
    placeOf: ({ dataset, path }) => `${dataset}/${path}`,
    files: pages((after) => client.call(catalogRoutes.queryFiles, { body: { ...query, derivatives, ...after } })),
  });

/** Which slices: an expression, at a level, in some datasets or all. */
export type QueryOf = { readonly expression: string; readonly level?: Level; readonly datasets?: string[] };

type Page = { readonly items: readonly DownloadFile[]; readonly next: string | null };

const pages = async function* (get: (after: { after?: string }) => Promise<Page>): AsyncGenerator<DownloadFile> {
  let next: string | null = null;
  do {
    const page: Page = await get(next === null ? {} : { after: next });
    yield* page.items;
    next = page.next;
  } while (next !== null);
};
