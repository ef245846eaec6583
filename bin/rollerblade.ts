#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Before anything else is loaded: what was compiled once need not be compiled at every command.
enableCompileCache();
const { runCommandLine } = await import("@rollerblade/cli");
const { services } = await import("../services/registry.ts");

const examples = new URL("../examples/", import.meta.url);

process.exitCode = await runCommandLine(process.argv, { services, examples });

// A finished command ends, even where a library has left something open.
setTimeout(() => process.exit(), 1_000).unref();
