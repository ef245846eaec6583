/** Runs a scheduler in a process of its own, which tests may kill. Its settings come from the environment. */
import { readSettings, runService } from "@rollerblade/service-kit";
import { scheduler } from "../index.ts";

await runService(scheduler, readSettings());
process.send?.("started");
