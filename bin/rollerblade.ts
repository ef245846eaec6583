#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Before anything else is loaded: what was compiled once need not be compiled at every command.
enableCompileCache();
const { drainOutput, runCommandLine } = await import("@rollerblade/cli");
const { schemas, services } = await import("./registry.ts");
const { default: manifest } = await import("./package.json", { with: { type: "json" } });

const examples = new URL("../examples/", import.meta.url);

const exitCode = await runCommandLine(process.argv, { version: manifest.version, services, schemas, examples });
// A finished command ends at once, whatever timer a library has left behind.
process.exit(await drainOutput(exitCode));
