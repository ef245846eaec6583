import type { Level } from "@rollerblade/abids/facts";
import { catalogRoutes, type DownloadFile, type HttpClient, pageThrough } from "@rollerblade/client";
import { type DownloadOptions, type DownloadReport, downloadFiles } from "./download-files.ts";
import type { RenewLink } from "./fetch-part.ts";

/** Where to, and what of it. */
export type ExportOptions = Omit<DownloadOptions, "files" | "placeOf" | "renew"> & {
  readonly client: HttpClient;
  /** Also what was derived and is in force. */
  readonly derivatives?: boolean;
};

/** A link lives for minutes, and the rights are asked for each. */
const renewBy =
  (client: HttpClient): RenewLink =>
  ({ dataset, path }) =>
    client.call(catalogRoutes.linkFile, { query: { dataset, path } });

/** Files of one page of a listing: each comes with a link. */
const pageSize = 500;

/** A whole dataset as a BIDS tree, every byte as it came. @throws as `downloadFiles` */
export const exportDataset = ({
  client,
  dataset,
  derivatives = false,
  ...where
}: ExportOptions & { readonly dataset: string }): Promise<DownloadReport> =>
  downloadFiles({
    ...where,
    renew: renewBy(client),
    files: pageThrough<DownloadFile>((after) =>
      client.call(catalogRoutes.exportDataset, {
        params: { dataset },
        query: { derivatives: String(derivatives), limit: pageSize, ...(after === undefined ? {} : { after }) },
      }),
    ),
  });

/** What a query finds, each dataset in a folder of its own name. @throws as `downloadFiles` */
export const downloadQuery = ({
  client,
  query,
  derivatives = false,
  ...where
}: ExportOptions & { readonly query: QuerySelection }): Promise<DownloadReport> =>
  downloadFiles({
    ...where,
    renew: renewBy(client),
    placeOf: ({ dataset, path }) => `${dataset}/${path}`,
    files: pageThrough<DownloadFile>((after) =>
      client.call(catalogRoutes.queryFiles, {
        body: { ...query, derivatives, ...(after === undefined ? {} : { after }) },
      }),
    ),
  });

/** Which slices: an expression, at a level, in some datasets or all. */
export type QuerySelection = { readonly expression: string; readonly level?: Level; readonly datasets?: string[] };
