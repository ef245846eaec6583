import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../run.ts";
import { buildImage } from "./build-image.ts";
import { canBePulled } from "./docker.ts";

/** What a stand-in is known by. */
const label = "rollerblade.stand-in";

/**
 * Sees that a public image that manifests name is here: it is already or can be pulled; else a stand-in of the same name and habits is made,
 * and made again where what it is made of has changed.
 * @param fill puts what the stand-in is made of into an empty folder and returns the Dockerfile
 */
export const publicOrStandIn = async (image: string, fill: (folder: string) => Promise<string>): Promise<string> => {
  const inspect = ["image", "inspect", "--format", "{{json .Config.Labels}}", image];
  const labels = (await run("docker", inspect, { mayFail: true })).trim();
  const isPublic = labels === "" ? await canBePulled(image) : !labels.includes(label);
  if (!isPublic) await makeStandIn(image, fill);
  return image;
};

const makeStandIn = async (image: string, fill: (folder: string) => Promise<string>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-image-"));
  try {
    await writeFile(join(folder, "Dockerfile"), await fill(folder));
    await buildImage(folder, image, ["--label", `${label}=true`]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
