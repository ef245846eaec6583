import { once } from "node:events";
import { enableCompileCache } from "node:module";

// All services as a process of its own that a history can kill; its settings are its environment. It loads its code at once, starts
// with the first message of its parent, and answers with the address of the gateway: so the next process of a world has been loaded
// before the one at work is killed.
enableCompileCache();
const { readSettings, startServices, stopOnSignals } = await import("@rollerblade/service-kit");
const { services } = await import("../../bin/registry.ts");
const definitions = await Promise.all(Object.values(services).map((load) => load()));
await once(process, "message");
const running = await startServices(definitions, readSettings(), {
  accounts: { adminToken: process.env.HISTORY_TOKEN },
});
process.send?.(running.urls.gateway);
await stopOnSignals(running.stop);
process.exit(0);
