import { readSettings, startServices, stopOnSignals } from "@rollerblade/service-kit";
import { accounts } from "../../services/accounts/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";

// Accounts and ingest as a process of their own that a test can kill; its settings are its environment.
const running = await startServices([accounts, ingest], readSettings(), { ingest: { sweepSeconds: 1 } });
process.stdout.write(`${running.urls.ingest}\n`);
await stopOnSignals(running.stop);
process.exit(0);
