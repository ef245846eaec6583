import { createHash } from "node:crypto";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** Where the servers of this checkout's test runs live: one folder a person and checkout. */
export const testServersFolder = (): string => {
  const checkout = createHash("sha256")
    .update(import.meta.url)
    .digest("hex")
    .slice(0, 12);
  return join(tmpdir(), `rollerblade-test-${userInfo().uid}-${checkout}`);
};

/** Where the keeper listens. */
export const keeperSocket = (): string => join(testServersFolder(), "socket");
