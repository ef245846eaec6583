import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "./folder.ts";
import { importArchive } from "./node-runtime.ts";
import { run } from "./run.ts";
import { say } from "./say.ts";

/** The project's own image, and one for each example analysis. */
export const projectImage = "rollerblade/rollerblade:0.1.0";
const analyses = ["brain-mask", "tissue-volumes", "group-report"] as const;

/** Builds the project's image; when only sources changed, only their layers. */
export const buildProject = async (): Promise<string> => {
  const revision = (await run("git", ["rev-parse", "HEAD"], { cwd: repository, mayFail: true })).trim();
  await build(repository, projectImage, ["--build-arg", `REVISION=${revision}`]);
  return projectImage;
};

/** Builds the images of the example analyses. */
export const buildAnalyses = async (): Promise<string[]> => {
  const built: string[] = [];
  for (const name of analyses) {
    const image = `rollerblade/${name}:1.0.0`;
    await build(join(repository, "examples", "analyses", name), image);
    built.push(image);
  }
  return built;
};

/** Builds one image with Docker's classic builder, which every Docker has. */
export const build = async (folder: string, image: string, options: readonly string[] = []): Promise<void> => {
  say(`building ${image}`);
  await run("docker", ["build", "--quiet", "--network", "host", ...options, "--tag", image, folder], {
    env: { DOCKER_BUILDKIT: "0" },
  });
};

/** Gives images to the cluster's node. */
export const loadImages = async (images: readonly string[]): Promise<void> => {
  say(`loading ${images.join(", ")}`);
  const archive = join(tmpdir(), `rollerblade-images-${process.pid}.tar`);
  try {
    await run("docker", ["save", "--output", archive, ...images]);
    await importArchive(archive);
  } finally {
    await rm(archive, { force: true });
  }
};
