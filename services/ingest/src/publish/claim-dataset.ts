import { accountsRoutes } from "@rollerblade/client";
import { type Finding, Problem } from "@rollerblade/errors";
import type { ImportRow } from "../imports/import-rows.ts";
import type { Ingest } from "../ingest.ts";

/** Makes the uploader the owner of a new dataset. The first claim wins; somebody else's is a finding. */
export const claimDataset = async (ingest: Ingest, { dataset, uploader }: ImportRow): Promise<Finding[]> => {
  const principal = { name: uploader, admin: false };
  const resource = { kind: "dataset", name: dataset } as const;
  try {
    await ingest.peer("accounts", principal).call(accountsRoutes.claimResource, { params: resource });
    return [];
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
  try {
    // Claimed by somebody who gave the uploader a grant before any data came.
    await ingest.authorize(principal, "contribute", resource);
    return [];
  } catch (error) {
    if (!isTaken(error)) throw error;
    return [{ where: dataset, message: "the dataset's name is taken; choose another one" }];
  }
};

const isTaken = (error: unknown): boolean =>
  error instanceof Problem && ["conflict", "forbidden", "not-found"].includes(error.code);
