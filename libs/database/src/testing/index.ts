export { startMigratedServers } from "./start-migrated-servers.ts";
