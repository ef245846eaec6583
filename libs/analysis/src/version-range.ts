import semver from "semver";

/**
 * Finds the highest of these versions that a range allows, or undefined; a prerelease only where the range names one.
 * Ranges are those of npm (https://semver.npmjs.com). Example: `highestVersion(["1.0.0", "1.2.0", "2.0.0"], "^1")` is
 * `1.2.0`.
 */
export const highestVersion = (versions: readonly string[], range: string): string | undefined =>
  semver.maxSatisfying(versions, range) ?? undefined;
