/** Starts the embedded servers on a folder, prints their addresses as one line of JSON, and waits to be killed. */
import { silentLog } from "../log.ts";
import { startEmbedded } from "../start-embedded.ts";

const embedded = await startEmbedded({ folder: process.argv[2] ?? "", log: silentLog });
const { databaseUrl, natsUrl, postgresPid, natsPid } = embedded;
process.stdout.write(`${JSON.stringify({ databaseUrl, natsUrl, postgresPid, natsPid })}\n`);
process.once("SIGTERM", () => void embedded.stop().then(() => process.exit(0)));
setInterval(() => {}, 60_000);
