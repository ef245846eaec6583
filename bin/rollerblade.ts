#!/usr/bin/env node
import { runCommandLine } from "@rollerblade/cli";
import { services } from "../services/registry.ts";

const examples = new URL("../examples/", import.meta.url);

process.exitCode = await runCommandLine(process.argv, { services, examples });

// A finished command ends, even where a library has left something open.
setTimeout(() => process.exit(), 1_000).unref();
