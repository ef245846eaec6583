import { once } from "node:events";
import { createServer } from "node:net";

/** A TCP port of the loopback address that nobody listened on a moment ago. Whoever takes it must expect to lose the race. */
export const freePort = async (): Promise<number> => {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("The system gave no TCP port.");
  return address.port;
};
