import { printProgress } from "../progress.ts";
import { run } from "../run.ts";

/**
 * Builds an image of a folder with a Dockerfile, by Docker's classic builder, which every Docker has.
 * @returns its id, 64 hex digits: it stays what it is when another tree builds under the same name
 * @throws with the last words of the builder
 */
export const buildImage = async (folder: string, image: string, options: readonly string[] = []): Promise<string> => {
  printProgress(`building ${image}`);
  const args = ["build", "--quiet", "--network", "host", ...options, "--tag", image, folder];
  return (await run("docker", args, { env: { DOCKER_BUILDKIT: "0" } })).trim().replace(/^sha256:/, "");
};
