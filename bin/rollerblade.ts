#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Before anything else is loaded: what was compiled once need not be compiled at every command.
enableCompileCache();
// What runs in every Pod starts without the rest of the command line.
const { isStagingCommand, runStaging } = await import("@rollerblade/staging");
const [, , word] = process.argv;
if (isStagingCommand(word)) process.exit(await runStaging(word));
const { runCommandLine } = await import("@rollerblade/cli");
const { schemas, services } = await import("../services/registry.ts");

const examples = new URL("../examples/", import.meta.url);

// A finished command ends at once, whatever timer a library has left behind.
process.exit(await runCommandLine(process.argv, { services, schemas, examples }));
