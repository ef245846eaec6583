import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isOrphan, readPid } from "../orphan.ts";
import { loadSecrets } from "../secrets.ts";
import { authorizationOf, type NatsUsers, usersFile } from "./nats-users.ts";

/**
 * Writes the users of an embedded folder anew and makes its nats-server read them. Connections of users that are gone are closed.
 * @returns whether a server runs; without one, the next start makes the file
 */
export const reloadNatsUsers = async (folder: string, users: NatsUsers): Promise<boolean> => {
  const nats = join(folder, "nats");
  const mark = { pidFile: join(nats, "nats.pid"), program: "nats-server", path: join(nats, "nats.conf") };
  const pid = await readPid(mark.pidFile);
  if (pid === null || !(await isOrphan(pid, mark))) return false;
  const { natsSeeds } = await loadSecrets(folder, users.names);
  await writeFile(join(nats, usersFile), authorizationOf(users, natsSeeds), { mode: 0o600 });
  process.kill(pid, "SIGHUP");
  return true;
};
