export { freePort } from "../free-port.ts";
export { derivativeDatasetsIn, keepPublished, publishedFolder } from "./keep-published.ts";
export { startTestServers, type TestServers } from "./start-test-servers.ts";
