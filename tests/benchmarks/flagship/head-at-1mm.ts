import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A head with a face at 1 mm, as a BIDS dataset of one person, and what BET takes for its brain. */
export type FineHead = { readonly dataset: string; readonly mask: string };

/**
 * Fetches the head `ch2` (Colin27) and its mask `ch2bet` from Debian's package mricron-data, whose licence does not let it lie here.
 * @throws where apt does not know the package
 */
export const fetchFineHead = async (folder: string): Promise<FineHead> => {
  await mkdir(folder, { recursive: true });
  await run("apt-get", ["download", "mricron-data"], { cwd: folder });
  const archive = (await readdir(folder)).find((name) => name.endsWith(".deb")) ?? "";
  await run("dpkg-deb", ["-x", archive, "files"], { cwd: folder });
  const templates = join(folder, "files/usr/share/mricron/templates");
  const dataset = join(folder, "colin-fine");
  const place = join(dataset, "sub-ch2/anat");
  await mkdir(place, { recursive: true });
  await copyFile(join(templates, "ch2.nii.gz"), join(place, "sub-ch2_T1w.nii.gz"));
  await writeFile(join(dataset, "dataset_description.json"), '{"Name": "Colin27 at 1 mm", "BIDSVersion": "1.10.0"}\n');
  await writeFile(join(dataset, "README"), "One head from Debian's package mricron-data.\n");
  return { dataset, mask: join(templates, "ch2bet.nii.gz") };
};
