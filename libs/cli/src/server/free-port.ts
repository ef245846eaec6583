import { createServer } from "node:net";
import { Problem } from "@rollerblade/errors";

/** The port on which Rollerblade listens by default. */
export const usualPort = 7700;

/** The wanted port when it is free. @throws Problem `conflict` when it is taken, `invalid` when nobody may listen there */
export const requirePort = async (host: string, wanted: number): Promise<number> => {
  const found = await tryPort(host, wanted);
  if (typeof found === "number") return found;
  throw listenProblem(found, host, wanted);
};

/** Says why nobody can listen at `host:port`: Problem `conflict` when it is taken, `invalid` when it is not allowed; other errors as they are. */
export const listenProblem = (error: unknown, host: string, port: number): unknown => {
  const problem = refusals[codeOf(error)]?.(host, port);
  if (problem !== undefined) problem.cause = error;
  return problem ?? error;
};

/** Whether an error of {@link listenProblem} or of `listen` itself says that another program has the port. */
export const isPortTaken = (error: unknown): boolean =>
  codeOf(error instanceof Problem ? error.cause : error) === "EADDRINUSE";

/** The code of errno(3) of an error of the system; empty for others. */
const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");

/** The usual port when it is free, else any free one. */
export const anyPort = async (host: string): Promise<number> => {
  for (const port of [usualPort, 0]) {
    const found = await tryPort(host, port);
    if (typeof found === "number") return found;
  }
  return 0;
};

/** Why the system does not let us listen, by the codes of errno(3). */
const refusals: Readonly<Record<string, (host: string, port: number) => Problem>> = {
  EADDRINUSE: (host, port) =>
    new Problem({
      code: "conflict",
      message: `Another program listens at ${host}:${port}.`,
      subject: String(port),
      next: "End it, or choose another port with --port (0 for any that is free).",
    }),
  EACCES: (host, port) =>
    new Problem({
      code: "invalid",
      message: `You are not allowed to listen at ${host}:${port}: ports below 1024 are for the administrator of the machine.`,
      subject: String(port),
      next: "Choose a port above 1023 with --port.",
    }),
  EADDRNOTAVAIL: (host) =>
    new Problem({
      code: "invalid",
      message: `${host} is not an address of this machine.`,
      subject: "--host",
      next: "Leave out --host, or give one of the machine's own addresses.",
    }),
  ENOTFOUND: (host) =>
    new Problem({
      code: "invalid",
      message: `The name ${host} cannot be resolved.`,
      subject: "--host",
      next: "Leave out --host, or give an address such as 127.0.0.1.",
    }),
};

const tryPort = (host: string, port: number): Promise<number | NodeJS.ErrnoException> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen({ host, port }, () => {
      const address = server.address();
      const found = typeof address === "object" && address !== null ? address.port : port;
      server.close(() => resolve(found));
    });
  });
