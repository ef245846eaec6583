import semver from "semver";

/** The highest of these versions that a range allows, or undefined; a prerelease only where the range names one. */
export const highestVersion = (versions: readonly string[], range: string): string | undefined =>
  semver.maxSatisfying(versions, range) ?? undefined;
