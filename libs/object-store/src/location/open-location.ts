import { Problem } from "@rollerblade/errors";
import { folderLocation } from "./folder-location.ts";
import type { Location } from "./location.ts";

/** The place behind `file:///folder` or `s3://bucket/prefix`. @throws Problem `invalid` when it is neither */
export const openLocation = async (address: string): Promise<Location> => {
  if (address.startsWith("file:")) return folderLocation(address);
  // The S3 client is loaded only where S3 is used.
  if (address.startsWith("s3:")) return (await import("./s3-location.ts")).s3Location(address);
  throw new Problem({
    code: "invalid",
    message: "This is not the address of a place to read from.",
    subject: address,
    next: "Write it as file:///folder or s3://bucket/prefix.",
  });
};
