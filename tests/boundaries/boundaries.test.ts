import { execFileSync, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");

type Planted = {
  readonly rule: string;
  readonly folder: string;
  /** `zz-planted.ts` unless two are in one folder. */
  readonly name?: string;
  readonly source: string;
  readonly refused: string;
};

const restricted = "noRestrictedImports";

/** Files that break a rule each, and one that does not. */
const planted: readonly Planted[] = [
  {
    rule: "refuse that a library imports a service by path",
    folder: "libs/cli/src",
    source: 'import "../../../services/catalog/src/service.ts";\n',
    refused: restricted,
  },
  {
    rule: "refuse that a service imports a service by path",
    folder: "services/tagger/src",
    source: 'import "../../catalog/src/service.ts";\n',
    refused: restricted,
  },
  {
    rule: "refuse that a service imports a service by name",
    folder: "services/ingest/src",
    source: 'import "@rollerblade/service-catalog";\n',
    refused: restricted,
  },
  {
    rule: "refuse that a service speaks to NATS itself",
    folder: "services/gateway/src",
    source: 'import "@nats-io/jetstream";\n',
    refused: restricted,
  },
  {
    rule: "refuse that a library speaks to NATS itself",
    folder: "libs/service-kit/src",
    source: 'import "@nats-io/transport-node";\n',
    refused: restricted,
  },
  {
    rule: "refuse that a pure library reads a file",
    folder: "libs/query/src",
    source: 'import "node:fs";\n',
    refused: restricted,
  },
  {
    rule: "refuse that a pure library reads a file, deeper",
    folder: "libs/pipeline/src",
    source: 'import "node:fs/promises";\n',
    refused: restricted,
  },
  {
    rule: "refuse a package that package.json does not name",
    folder: "libs/errors/src",
    source: 'import "fastify";\n',
    refused: "noUndeclaredDependencies",
  },
  {
    rule: "refuse an import circle, even one of types alone",
    folder: "libs/telemetry/src",
    source: 'import type { Other } from "./zz-planted-circle.ts";\nexport type Planted = Other;\n',
    refused: "noImportCycles",
  },
  {
    rule: "refuse an import circle from its other side",
    folder: "libs/telemetry/src",
    name: "zz-planted-circle.ts",
    source: 'import type { Planted } from "./zz-planted.ts";\nexport type Other = Planted;\n',
    refused: "noImportCycles",
  },
  {
    rule: "refuse that a service loads Drizzle at run time",
    folder: "services/catalog/src",
    source: 'import { outbox } from "./schema.ts";\nexport const planted = outbox;\n',
    refused: "plugin",
  },
  {
    rule: "let a service take the types of its tables",
    folder: "services/scheduler/src",
    source: 'import type { outbox } from "./schema.ts";\nexport type Planted = typeof outbox;\n',
    refused: "",
  },
  {
    rule: "let libs/events speak to NATS",
    folder: "libs/events/src",
    source: 'import "@nats-io/jetstream";\n',
    refused: "",
  },
];

const fileOf = ({ folder, name = "zz-planted.ts" }: Planted): string => `${folder}/${name}`;

/** What the linter found in each planted file; it is asked once, since it reads the whole repository each time. */
const found = new Map<string, string>();

beforeAll(() => {
  for (const one of planted) writeFileSync(join(root, fileOf(one)), one.source);
  const args = ["lint", "--vcs-enabled=false", "--max-diagnostics=none", ...planted.map(fileOf)];
  const { stderr } = spawnSync("biome", args, { cwd: root, encoding: "utf8" });
  for (const line of stderr.split("\n")) {
    const [, file = "", rule = ""] = /^(\S+zz-planted[a-z-]*\.ts):\S+ (\S+)/.exec(line) ?? [];
    found.set(file, `${found.get(file) ?? ""} ${rule}`);
  }
}, 300_000);

afterAll(() => {
  for (const one of planted) rmSync(join(root, fileOf(one)), { force: true });
});

describe("boundaries", () => {
  it.each(planted)("$rule", (one) => {
    const rules = found.get(fileOf(one)) ?? "";
    if (one.refused === "") expect(rules).not.toMatch(/noRestrictedImports|plugin/);
    else expect(rules).toContain(one.refused);
  });

  it("let Node find no service by its name", { timeout: 60_000 }, () => {
    const program =
      'import("@rollerblade/service-catalog").then(() => process.exit(0), (e) => { console.log(e.code); process.exit(0); })';
    expect(execFileSync("node", ["-e", program], { cwd: root, encoding: "utf8" }).trim()).toBe(
      "ERR_PACKAGE_PATH_NOT_EXPORTED",
    );
  });
});
