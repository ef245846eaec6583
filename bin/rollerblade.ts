#!/usr/bin/env node
import { runCommandLine } from "@rollerblade/cli";
import { services } from "../services/registry.ts";

process.exitCode = await runCommandLine(process.argv, services);
