import { createHttpClient } from "@rollerblade/client";
import { importDataset } from "@rollerblade/transfer";

// An import as a process of its own that a test can kill; it prints a line for each step.
const [url = "", token = "", directory = "", dataset = ""] = process.argv.slice(2);
await importDataset({
  client: createHttpClient({ url, token }),
  directory,
  dataset,
  concurrency: 1,
  onProgress: ({ phase, done }) => process.stdout.write(`${phase} ${done}\n`),
});
