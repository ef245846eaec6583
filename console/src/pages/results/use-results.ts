import { taggerRoutes } from "@rollerblade/client";
import { client } from "../../api/client.ts";
import { useList } from "../../api/use-route.ts";

/** Results of one page; the server sends 1,000 at most. */
const pageSize = 500;

/** The results of a dataset, page after page, in the order in which they are shown. */
export const useResults = (dataset: string, more: { readonly tag?: string } = {}) =>
  useList(taggerRoutes.listResults.path, { dataset, ...more }, (after) =>
    client.call(taggerRoutes.listResults, { query: { dataset, limit: pageSize, after, ...more } }),
  );
