import { join } from "node:path";
import { repository } from "../folder.ts";
import { run } from "../run.ts";
import { buildImage } from "./build-image.ts";

/** The project's own image, and one for each example analysis. */
export const projectImage = "rollerblade/rollerblade:0.1.0";
const analyses = ["brain-mask", "tissue-volumes", "group-report", "bids-app"] as const;

/** The commit that is checked out; empty outside a repository. */
export const checkedOut = async (): Promise<string> =>
  (await run("git", ["rev-parse", "HEAD"], { cwd: repository, mayFail: true })).trim();

/** Builds the project's image of the files as they are; when only sources changed, only their layers. Returns its id. */
export const buildProject = async (): Promise<string> =>
  buildImage(repository, projectImage, ["--build-arg", `REVISION=${await checkedOut()}`]);

/** Builds the images of the example analyses. */
export const buildAnalyses = async (): Promise<string[]> => {
  const built: string[] = [];
  for (const name of analyses) {
    const image = `rollerblade/${name}:1.0.0`;
    await buildImage(join(repository, "examples", "analyses", name), image);
    built.push(image);
  }
  return built;
};
