import { Problem } from "@rollerblade/errors";
import Docker from "dockerode";

/** An image that cannot change any more. */
export type ResolvedImage = {
  /** What to run: by digest, or by the image's own id where no registry knows it. */
  readonly reference: string;
  /** `image:sha256:…` */
  readonly code: string;
};

const digest = /@(sha256:[0-9a-f]{64})$/;

/**
 * Resolves a name of an image to what it is now: the registry's digest, else the image's own id. A name with a digest needs
 * no Docker.
 * @param beforePull called before Docker is asked to pull an image that is not on this machine; it throws where that is not allowed
 * @throws Problem `invalid` when there is no such image, `unavailable` when Docker does not answer
 */
export const resolveImage = async (
  name: string,
  beforePull: (name: string) => Promise<void>,
  docker = new Docker(),
): Promise<ResolvedImage> => {
  const given = digest.exec(name)?.[1];
  if (given !== undefined) return { reference: name, code: `image:${given}` };
  const image = (await inspect(docker, name)) ?? (await pull(docker, name, beforePull));
  const [reference] = image.RepoDigests ?? [];
  const found = reference === undefined ? undefined : digest.exec(reference)?.[1];
  if (reference !== undefined && found !== undefined) return { reference, code: `image:${found}` };
  return { reference: image.Id, code: `image:${image.Id}` };
};

const inspect = async (docker: Docker, name: string): Promise<Docker.ImageInspectInfo | undefined> => {
  try {
    return await docker.getImage(name).inspect();
  } catch (error) {
    if (error instanceof Error && "statusCode" in error && error.statusCode === 404) return undefined;
    throw noDocker(name, error);
  }
};

const pull = async (
  docker: Docker,
  name: string,
  beforePull: (name: string) => Promise<void>,
): Promise<Docker.ImageInspectInfo> => {
  await beforePull(name);
  try {
    const progress = await docker.pull(name);
    await new Promise<void>((resolve, reject) =>
      docker.modem.followProgress(progress, (error) => (error === null ? resolve() : reject(error))),
    );
    return await docker.getImage(name).inspect();
  } catch (cause) {
    throw new Problem(
      {
        code: "invalid",
        message: `There is no image "${name}" on this machine, and none could be pulled: ${Problem.from(cause).message}.`,
        subject: name,
        next: "Build it with `docker build -t NAME FOLDER`, or correct `image` in the manifest.",
      },
      { cause },
    );
  }
};

const noDocker = (name: string, cause: unknown): Problem =>
  new Problem(
    {
      code: "unavailable",
      message: `The image "${name}" cannot be looked up: Docker does not answer.`,
      subject: name,
      next: "Start Docker, or give the image by its digest (NAME@sha256:…).",
    },
    { cause },
  );
