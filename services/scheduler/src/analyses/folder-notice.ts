import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@rollerblade/errors";
import { changeBetween } from "@rollerblade/executors";
import type { IdentifyCode } from "./create-analysis.ts";
import type { Analysis } from "./known-analyses.ts";

/** Milliseconds that a look at the folder may take: an environment that has to be built first takes minutes. */
const defaultLookMs = 3_000;

/**
 * Answers in one sentence how the folder of an analysis differs from the version that runs, or null where it does not, as far
 * as that is soon known. What is in place hides an edit otherwise: nothing is executed that could tell.
 * @param identify null where no processes run
 */
export const folderNotice = async (
  identify: IdentifyCode | null,
  { name, version, manifest, code, folder }: Pick<Analysis, "name" | "version" | "manifest" | "code" | "folder">,
  maxLookMs = defaultLookMs,
): Promise<string | null> => {
  if (identify === null || folder === null) return null;
  const look = identify(manifest, folder).catch((error: unknown) => Problem.from(error));
  const found = await Promise.race([look, sleep(maxLookMs, null, { ref: false })]);
  if (found === code) return null;
  if (found === null) {
    const { environment } = manifest;
    // An environment that was built when the version was created is there still; only another lockfile makes it wait.
    return environment === undefined
      ? null
      : `${name} ${version} is used as it was created; whether ${folder} differs from it is not known yet, since the environment of its ${environment} has to be built: if you changed that, raise the version in the manifest and create it.`;
  }
  if (found instanceof Problem)
    return `${name} ${version} is used as it was created; its folder cannot be looked at now: ${found.message}`;
  const change = changeBetween(code, found);
  return `${name} ${version} is used as it was created, and ${folder} differs from it${change === null ? "" : ` (${change})`}: to run what is there, raise the version in its manifest and create it.`;
};
