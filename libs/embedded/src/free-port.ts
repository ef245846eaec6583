import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below the range from which systems give local ports to outgoing connections (Linux: 32768 up): a server that was killed must
 * find its port free again, and a client that knocks at a closed port of that range may even connect to itself.
 */
const range = [15_000, 32_000] as const;
const attempts = 5;
const loopback = "127.0.0.1";

/** A TCP port of this address that nobody listens on at this moment. */
export const freePort = async (host = loopback): Promise<number> => {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const port = randomInt(...range);
    if (await isFree(host, port)) return port;
  }
  throw new Error(`No port from ${range[0]} to ${range[1]} is free on ${host}.`);
};

/** Starts a server on a free port; on another one when somebody else was faster. @throws what `start` throws otherwise */
export const onFreePort = async <Server>(start: (port: number) => Promise<Server>): Promise<Server> => {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      return await start(port);
    } catch (error) {
      if (attempt === attempts || (await isFree(loopback, port))) throw error;
    }
  }
};

const isFree = async (host: string, port: number): Promise<boolean> => {
  const probe = createServer();
  try {
    probe.listen({ port, host, exclusive: true });
    await once(probe, "listening");
    return true;
  } catch {
    return false;
  } finally {
    probe.close();
  }
};
