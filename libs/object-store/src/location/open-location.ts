import { Problem } from "@rollerblade/errors";
import { folderLocation } from "./folder-location.ts";
import type { FollowedLinks } from "./list-folder.ts";
import type { Location } from "./location.ts";

/** How a place is read. */
export type LocationOptions = {
  /** Links that are followed. @default "inside" */
  readonly links?: FollowedLinks;
};

/**
 * The place behind `file:///folder` or `s3://bucket/prefix`. A bucket has no links. @throws Problem `invalid` when it is
 * neither
 */
export const openLocation = async (address: string, { links = "inside" }: LocationOptions = {}): Promise<Location> => {
  if (address.startsWith("file:")) return folderLocation(address, links);
  // The S3 client is loaded only where S3 is used.
  if (address.startsWith("s3:")) return (await import("./s3-location.ts")).s3Location(address);
  throw new Problem({
    code: "invalid",
    message: "This is not the address of a place to read from.",
    subject: address,
    next: "Write it as file:///folder or s3://bucket/prefix.",
  });
};
