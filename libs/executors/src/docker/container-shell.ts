import { once } from "node:events";
import { Problem } from "@rollerblade/errors";
import Docker from "dockerode";
import type { Command } from "../local/sandbox.ts";
import { containerSpec } from "./container-spec.ts";
import { removeContainer, userOf, volumesOf } from "./docker-sandbox.ts";

/** The terminal, or the pipes, that a shell reads from and writes to. */
export type ShellStreams = {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
};

/** Starts bash where the image has it, which is the better shell for a person, and otherwise the shell that POSIX asks for. */
const shell = ["/bin/sh", "-c", "if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi"];

/** What an image would run: its own entry point and arguments, as far as the manifest does not replace them. */
export const imageCommand = async (
  { image, argv, manifest }: Pick<Command, "image" | "argv" | "manifest">,
  docker = new Docker(),
): Promise<string[]> => {
  const { Config } = await docker.getImage(image ?? "").inspect();
  const entrypoint = manifest.entrypoint ?? listOf(Config.Entrypoint);
  return [...entrypoint, ...(argv.length > 0 ? argv : listOf(Config.Cmd))];
};

/** Docker writes a command in the form of a shell as one text. */
const listOf = (command: string | readonly string[] | null | undefined): readonly string[] =>
  typeof command === "string" ? [command] : (command ?? []);

/**
 * Opens a shell in the container that an attempt would have: its image, user, folders, limits, network and environment. It ends with its
 * input, so that none is left behind when this process dies.
 * @returns the exit code of the shell
 * @throws Problem `invalid` when the image has no shell
 */
export const openContainerShell = async (
  command: Command,
  installation: string,
  { stdin, stdout, stderr }: ShellStreams,
  docker = new Docker(),
): Promise<number> => {
  const isTerminal = stdin.isTTY && stdout.isTTY;
  const spec = containerSpec(command, installation, userOf(), await volumesOf(docker, command.image ?? ""));
  const container = await docker.createContainer({
    ...spec,
    Entrypoint: shell,
    Cmd: [],
    Env: [...(spec.Env ?? []), `TERM=${process.env.TERM ?? "dumb"}`],
    ...{ Tty: isTerminal, OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true },
  });
  const resize = (): void => {
    container.resize({ h: stdout.rows, w: stdout.columns }).catch(() => {});
  };
  try {
    const stream = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
    const ended = once(stream, "end");
    if (isTerminal) stream.pipe(stdout, { end: false });
    else docker.modem.demuxStream(stream, stdout, stderr);
    await container.start().catch((error: unknown) => {
      throw withoutShell(command, error);
    });
    if (isTerminal) {
      // Every key goes to the shell, Ctrl-C too.
      stdin.setRawMode(true);
      stdout.on("resize", resize);
      resize();
    }
    stdin.pipe(stream);
    const { StatusCode: exitCode }: { StatusCode: number } = await container.wait();
    stdin.unpipe(stream);
    stream.end();
    await ended;
    return exitCode;
  } finally {
    stdout.off("resize", resize);
    if (isTerminal) stdin.setRawMode(false);
    stdin.pause();
    await removeContainer(docker, command.attempt);
  }
};

/** Docker names the program that it did not find, and starts nothing. */
const withoutShell = ({ image }: Command, error: unknown): unknown => {
  const { message } = Problem.from(error);
  if (!/no such file or directory|executable file not found/i.test(message)) return error;
  return new Problem(
    {
      code: "invalid",
      message: `The image ${image ?? ""} has no shell (/bin/sh).`,
      ...(image !== null && { subject: image }),
      next: "Try it with `rollerblade analysis try`, which keeps the inputs and outputs in a folder.",
    },
    { cause: error },
  );
};
