import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { z } from "zod";
import { pythonWith } from "./python.ts";

/** The official BIDS validator, from its wheel; null where there is no Python that can install it. */
const validator = await pythonWith("bids-validator-deno", "3.0.2");
if (validator === null && process.env.CI === "true")
  throw new Error("The official validator needs python3 with its venv module (python3-venv).");

/** Whether the official validator is here. */
export const hasValidator = validator !== null;

const answer = z.object({
  issues: z.object({
    issues: z.array(
      z.looseObject({
        severity: z.string(),
        code: z.string(),
        subCode: z.string().nullish(),
        location: z.string().default(""),
      }),
    ),
  }),
});

/** Errors, not warnings, that the official validator finds in a dataset: `CODE/SUBCODE path`. */
export const errorsOf = async (folder: string): Promise<readonly string[]> => {
  const command = join(dirname(validator ?? ""), "bids-validator-deno");
  // The exit code only says whether there are errors.
  const text = await new Promise<string>((done) =>
    execFile(command, ["--format", "json", folder], { maxBuffer: 1 << 28 }, (_, stdout) => done(stdout)),
  );
  return answer
    .parse(JSON.parse(text))
    .issues.issues.filter(({ severity }) => severity === "error")
    .map(({ code, subCode, location }) => `${code}${subCode ? `/${subCode}` : ""} ${location}`);
};
