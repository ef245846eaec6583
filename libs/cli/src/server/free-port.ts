import { createServer } from "node:net";
import { Problem } from "@rollerblade/errors";

/** The port on which Rollerblade listens by default. */
export const usualPort = 7700;

/** The wanted port when it is free. @throws Problem `conflict` */
export const requirePort = async (host: string, wanted: number): Promise<number> => {
  const port = await tryPort(host, wanted);
  if (port !== null) return port;
  throw new Problem({
    code: "conflict",
    message: `Another program listens at ${host}:${wanted}.`,
    subject: String(wanted),
    next: "End it, or choose another port with --port.",
  });
};

/** The usual port when it is free, else any free one. */
export const anyPort = async (host: string): Promise<number> =>
  (await tryPort(host, usualPort)) ?? (await tryPort(host, 0)) ?? 0;

const tryPort = (host: string, port: number): Promise<number | null> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen({ host, port }, () => {
      const address = server.address();
      const found = typeof address === "object" && address !== null ? address.port : null;
      server.close(() => resolve(found));
    });
  });
