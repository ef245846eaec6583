export { freePort } from "../free-port.ts";
export { startTestServers, type TestServers } from "./start-test-servers.ts";
