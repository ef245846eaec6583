import { createHttpClient } from "@rollerblade/client";
import { expect, test } from "vitest";
import { importDataset } from "./import-dataset.ts";

test("links that lead out are not followed by a server that reads in place", async () => {
  const client = createHttpClient({ url: "http://127.0.0.1:1" });
  const options = { client, directory: "/nowhere", dataset: "d", inPlace: true, followLinks: true };
  await expect(importDataset(options)).rejects.toMatchObject({ code: "invalid", subject: "--follow-links" });
});
