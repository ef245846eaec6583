import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importArchive } from "./node-runtime.ts";
import { printProgress } from "./progress.ts";
import { run } from "./run.ts";

/** Gives images to the cluster's node. */
export const loadImages = async (images: readonly string[]): Promise<void> => {
  printProgress(`loading ${images.join(", ")}`);
  const archive = join(tmpdir(), `rollerblade-images-${process.pid}.tar`);
  try {
    await run("docker", ["save", "--output", archive, ...images]);
    await importArchive(archive);
  } finally {
    await rm(archive, { force: true });
  }
};
