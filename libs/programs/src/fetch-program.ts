import { mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "@rollerblade/errors";

/** One way to get a program: it leaves the program at `target`. */
export type Way = { readonly name: string; readonly fetch: (target: string, scratch: string) => Promise<void> };

/** A program that a machine should have. */
export type WantedProgram = {
  readonly name: string;
  readonly version: string;
  /** What a person can do where no way works. */
  readonly next: string;
};

/**
 * Fetches a program to `target` by the first way that works.
 * @returns the name of the way
 * @throws Problem `unavailable` that states what each way answered
 */
export const fetchProgram = async (
  { name, version, next }: WantedProgram,
  target: string,
  ways: readonly Way[],
): Promise<string> => {
  const scratch = await mkdtemp(`${target}-`);
  const findings: { where: string; message: string }[] = [];
  try {
    for (const way of ways) {
      try {
        await way.fetch(join(scratch, name), scratch);
        await rename(join(scratch, name), target);
        return way.name;
      } catch (error) {
        findings.push({ where: way.name, message: reasonOf(error) });
      }
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  throw new Problem({
    code: "unavailable",
    message: `${name} is not installed and could not be fetched for ${process.platform}-${process.arch}.`,
    subject: `${name} ${version}`,
    next,
    findings,
  });
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message.split("\n")[0]}${cause}`;
};
