import { findingsRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { type UploadFile, uploadScan } from "@rollerblade/transfer";
import { summaryOf } from "../findings/findings-page.ts";
import { printMessage } from "../messages.ts";
import { plural } from "../plural.ts";
import { printJson, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";

/** `scan upload DATASET FILE…`, where FILE may be `LOCATION=PATH-IN-DATASET`. */
export const uploadFiles = async (dataset: string, files: readonly string[], { json }: Reading): Promise<void> => {
  const client = await findServer();
  const status = await uploadScan({ client, dataset, files: files.map(readPlace) });
  if (json === true) return printJson(status);
  const { added = 0, changed = 0, unchanged = 0 } = status.summary?.scans ?? {};
  printMessage(`${dataset}: ${plural(added, "scan")} added, ${changed} changed, ${unchanged} unchanged.`);
  const { errors, warnings } = await client.call(findingsRoutes.listFindings, {
    params: { dataset },
    query: { import: status.id, limit: 1 },
  });
  if (errors + warnings > 0)
    printMessage(`${summaryOf(errors, warnings)}: see what to fix with \`rollerblade dataset findings ${dataset}\`.`);
  printMessage(`See them with \`rollerblade query '${exampleOf(dataset)}'\`.`);
};

/**
 * Where a file lies and where it goes. Without a `=` its path in the dataset begins at the first folder `sub-…`; a file
 * outside such a folder needs its path given.
 * @throws Problem `invalid`
 */
export const readPlace = (text: string): UploadFile => {
  const at = text.lastIndexOf("=");
  if (at > 0) return { location: text.slice(0, at), path: text.slice(at + 1) };
  const path = /(?:^|\/)(sub-[^/]+\/.+)$/.exec(text)?.[1];
  if (path !== undefined) return { location: text, path };
  throw new Problem({
    code: "invalid",
    message: `The name ${text} does not show where the file belongs in the dataset.`,
    subject: text,
    next: `Write ${text}=sub-01/anat/sub-01_T1w.nii.gz.`,
  });
};

const exampleOf = (dataset: string): string => `dataset.name == "${dataset}"`;
