import { createHttpClient } from "@rollerblade/client";
import { expect, test } from "vitest";
import { uploadScan } from "./upload-scan.ts";

test("a file that is not there is named, and nothing is sent", async () => {
  const client = createHttpClient({ url: "http://127.0.0.1:1" });
  const files = [{ location: "no-such.nii.gz", path: "sub-01/anat/sub-01_T1w.nii.gz" }];
  await expect(uploadScan({ client, dataset: "brains", files })).rejects.toMatchObject({
    code: "not-found",
    message: "The file no-such.nii.gz is not there, or cannot be read.",
  });
});
