import type { Manifest } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import { createProcessSandbox, type Sandbox } from "@rollerblade/executors";
import { printMessage } from "../../messages.ts";
import { openEnvironments, type TrialOptions, trialsFolder, wholeMachine } from "./prepare-trial.ts";

/** What trials of an analysis run in, and the image that they run; null of a process. */
export type TrialSandbox = { readonly sandbox: Sandbox; readonly image: string | null };

/** Containers of trials carry this label, so that no server takes them for attempts of its own. */
export const installation = "try";

/**
 * Opens what the manifest asks for: a process runs as it is in its folder, an image as it is on this machine, and is pulled where it is not.
 * @throws Problem `unavailable` where an image is to run and no Docker answers, `invalid` for an image that there is not
 */
export const openTrialSandbox = async (manifest: Manifest, options: TrialOptions): Promise<TrialSandbox> => {
  if (manifest.process !== null || manifest.image === null)
    return {
      sandbox: createProcessSandbox(trialsFolder(manifest, options), wholeMachine, openEnvironments()),
      image: null,
    };
  const { createDockerSandbox, resolveImage } = await import("@rollerblade/executors/docker");
  const pulling = async (name: string): Promise<void> =>
    printMessage(`Pulling ${name}, which is not on this machine …`);
  const { reference } = await resolveImage(manifest.image, pulling).catch((error: unknown) => {
    throw withoutDocker(manifest, error);
  });
  return { sandbox: createDockerSandbox(installation, wholeMachine), image: reference };
};

/** A process needs no Docker. */
const withoutDocker = ({ name, image }: Manifest, error: unknown): unknown => {
  if (!(error instanceof Problem) || error.code !== "unavailable") return error;
  return new Problem(
    {
      code: "unavailable",
      message: `${name} runs the image ${image ?? ""}, and no Docker answers on this machine.`,
      subject: image ?? name,
      next: "Start Docker and try again. While it is written, an analysis can have a `process` instead, which needs no Docker.",
    },
    { cause: error },
  );
};
