import { buildProgram } from "./program.ts";
import { commandReference } from "./reference.ts";

const unused = async (): Promise<never> => {
  throw new Error("the reference runs no service");
};

/** The text of docs/cli.md. */
export const reference = (): string =>
  commandReference(
    buildProgram({
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
    }),
  );
