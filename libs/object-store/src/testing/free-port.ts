import { once } from "node:events";
import { createServer } from "node:net";

/** A TCP port of this address that nobody listens on at this moment. */
export const freePort = async (host: string): Promise<number> => {
  const probe = createServer().listen(0, host);
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  return address !== null && typeof address === "object" ? address.port : 0;
};
