import { execFileSync, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const planted: string[] = [];

/** Puts a file where it would break a rule, and says what the linter thinks of it. */
const lint = (path: string, source: string): string => {
  const file = join(root, path);
  planted.push(file);
  writeFileSync(file, source);
  return spawnSync("biome", ["lint", "--vcs-enabled=false", file], { cwd: root, encoding: "utf8" }).stderr;
};

afterEach(() => {
  for (const file of planted.splice(0)) rmSync(file, { force: true });
});

describe("boundaries", { timeout: 60_000 }, () => {
  it.each([
    [
      "a library imports a service by path",
      "libs/cli/src/zz-planted.ts",
      'import "../../../services/catalog/src/service.ts";\n',
    ],
    [
      "a service imports a service by path",
      "services/tagger/src/zz-planted.ts",
      'import "../../catalog/src/service.ts";\n',
    ],
    [
      "a service imports a service by name",
      "services/tagger/src/zz-planted.ts",
      'import "@rollerblade/service-catalog";\n',
    ],
    ["a pure library reads a file", "libs/query/src/zz-planted.ts", 'import "node:fs";\n'],
    ["a pure library reads a file, deeper", "libs/pipeline/src/zz-planted.ts", 'import "node:fs/promises";\n'],
  ])("refuse that %s", (_, path, source) => {
    expect(lint(path, source)).toContain("noRestrictedImports");
  });

  it("refuse a package that package.json does not name", () => {
    expect(lint("libs/errors/src/zz-planted.ts", 'import "fastify";\n')).toContain("noUndeclaredDependencies");
  });

  it("let Node find no service by its name", () => {
    const program =
      'import("@rollerblade/service-catalog").then(() => process.exit(0), (e) => { console.log(e.code); process.exit(0); })';
    expect(execFileSync("node", ["-e", program], { cwd: root, encoding: "utf8" }).trim()).toBe(
      "ERR_PACKAGE_PATH_NOT_EXPORTED",
    );
  });
});
