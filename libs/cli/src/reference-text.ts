import type { Command } from "commander";
import { buildProgram } from "./program.ts";
import { commandReference } from "./reference.ts";

const unused = async (): Promise<never> => {
  throw new Error("the reference runs no service");
};

/** All commands, to be looked at and not to be run. */
export const unusedProgram = (): Command =>
  buildProgram({
    version: "",
    services: {
      accounts: unused,
      catalog: unused,
      ingest: unused,
      scheduler: unused,
      "pipeline-router": unused,
      tagger: unused,
      gateway: unused,
    },
    schemas: [],
    examples: new URL("file:///examples/"),
  });

/** The text of docs/reference/cli.md. */
export const reference = (): string => commandReference(unusedProgram());
