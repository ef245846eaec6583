import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { importDataset } from "@rollerblade/transfer";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { catalog } from "../../services/catalog/src/index.ts";
import { gateway } from "../../services/gateway/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { scheduler } from "../../services/scheduler/src/index.ts";
import { openPublicDoor } from "./public-door.ts";
import { startServicesWorld } from "./services-world.ts";

const door = await openPublicDoor();
const world = await startServicesWorld(
  [ingest, catalog, scheduler, gateway],
  {},
  { ROLLERBLADE_MODE: "embedded", ROLLERBLADE_PUBLIC_URL: door.url },
);
door.leadTo(world.url("gateway"));
afterAll(async () => {
  await world.stop();
  door.close();
});

const program = join(import.meta.dirname, "../../bin/rollerblade.ts");
const folder = join(world.scratch, "head");
const kept = join(world.scratch, "kept");

const manifest = `
name: head
version: 0.1.0
process: [sh, main.sh, "{in.t1w}", "{out.size}"]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
reads: [subject.label]
resources: {timeout: 30s}
outputs: {size: {name: "{entities}_desc-head_size.json"}}
`;
const good = 'echo "reading $1"; printf \'{"bytes": %s}\' "$(wc -c < "$1")" > "$2"\n';

const start = (...args: readonly string[]): ChildProcessWithoutNullStreams => startCommand("analysis", ...args);

const startCommand = (...args: readonly string[]): ChildProcessWithoutNullStreams =>
  spawn(process.execPath, [program, ...args], {
    cwd: world.scratch,
    env: {
      ...{ PATH: process.env.PATH, ROLLERBLADE_URL: world.url("gateway"), ROLLERBLADE_TOKEN: world.adminToken },
      ...{ ROLLERBLADE_FOLDER: join(world.scratch, ".rollerblade"), NODE_NO_WARNINGS: "1", SHELL: "/bin/sh" },
      // Where Docker is, it is out of reach here.
      DOCKER_HOST: "unix:///nowhere/docker.sock",
    },
  });

const run = (...args: readonly string[]) => finish(start(...args));

const finish = async (child: ChildProcessWithoutNullStreams) => {
  const ended = once(child, "exit");
  child.stdin.end();
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  return { code, stdout, stderr };
};

const tried = z.array(
  z.object({
    outcome: z.string(),
    reason: z.string(),
    folder: z.string(),
    outputs: z.array(z.string()),
    seconds: z.number(),
  }),
);

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "analysis.yaml"), manifest);
  writeFileSync(join(folder, "main.sh"), good);
  await importDataset({ client: world.admin("ingest"), directory: world.copyOfColin("study"), dataset: "study" });
  await vi.waitFor(async () => {
    const open = await world.sql`select from catalog.batches where indexed_at is null`;
    expect(open).toEqual([]);
  }, 60_000);
}, 120_000);

test("a folder runs as it is on one slice, publishes nothing, and keeps what went in and came out", async () => {
  const { code, stdout, stderr } = await run("try", folder, "--keep", kept, "--json");
  expect(code, stderr).toBe(0);
  const [one] = tried.parse(JSON.parse(stdout));
  expect(one).toMatchObject({ outcome: "succeeded", outputs: ["size.json"] });
  expect(stderr).toMatch(/^reading .*t1w\.nii\.gz$/m);
  const size = readFileSync(join(one?.folder ?? "", "in/t1w.nii.gz")).length;
  expect(JSON.parse(readFileSync(join(one?.folder ?? "", "out/size.json"), "utf8"))).toEqual({ bytes: size });
  const made = await world.sql`
    select from scheduler.analyses union all select from scheduler.runs union all select from scheduler.derivatives`;
  expect(made).toEqual([]);
}, 60_000);

test("a program that fails, and one that leaves out its output, are told as a run would tell them", async () => {
  writeFileSync(join(folder, "main.sh"), "echo no such thing >&2; exit 3\n");
  const failed = await run("try", folder, "--keep", kept);
  expect([failed.code, failed.stderr]).toEqual([
    8,
    expect.stringMatching(/^failed after [\d.]+ s: exit code 3: no such/m),
  ]);
  writeFileSync(join(folder, "main.sh"), 'echo "{}" > "$ROLLERBLADE_OUT/sizes.json"\n');
  const misnamed = await run("try", folder, "--keep", kept);
  expect(misnamed.stderr).toContain('the file "sizes.json" was not declared; did you mean "size.json"?');
  writeFileSync(join(folder, "main.sh"), good);
}, 60_000);

test("a query to which the analysis does not apply finds no slice", async () => {
  const { code, stderr } = await run("try", folder, "--query", 'scan.suffix == "bold"');
  expect(code).toBe(4);
  expect(stderr).toMatch(/applies to none of the \d+ slices|finds nothing to try it on/);
}, 60_000);

test("an image without Docker is one sentence, and so is a shell in it", async () => {
  const container = join(world.scratch, "container");
  mkdirSync(container, { recursive: true });
  const inImage = manifest.replace(/process: .*/, 'image: head:1\ncommand: [head, "{in.t1w}", "{out.size}"]');
  writeFileSync(join(container, "analysis.yaml"), inImage);
  const { code, stderr } = await run("try", container);
  expect([code, stderr]).toEqual([
    3,
    expect.stringMatching(
      /^Error: head runs the image head:1, and no Docker answers on this machine\.\nNext: Start Docker/,
    ),
  ]);
  const shell = await run("shell", container);
  expect([shell.code, shell.stderr]).toEqual([3, expect.stringContaining("head runs the image head:1, and no Docker")]);
}, 60_000);

test("an edit is tried again at once while the folder is watched", async () => {
  const child = start("try", folder, "--keep", kept, "--watch");
  const ended = once(child, "exit");
  let printed = "";
  child.stderr.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const waiting = () => printed.split("Waiting for a change").length - 1;
  try {
    await expect.poll(waiting, { timeout: 30_000, interval: 20 }).toBe(1);
    const begin = performance.now();
    writeFileSync(join(folder, "main.sh"), `${good}echo edited\n`);
    await expect.poll(waiting, { timeout: 30_000, interval: 20 }).toBe(2);
    process.stderr.write(`edit to result of analysis try: ${((performance.now() - begin) / 1000).toFixed(2)} s\n`);
    expect(printed).toMatch(/^edited$/m);
    writeFileSync(join(folder, "analysis.yaml"), manifest.replace("level: scan", "level: scam"));
    await expect.poll(waiting, { timeout: 30_000, interval: 20 }).toBe(3);
    expect(printed).toContain("analysis.yaml: level:");
    writeFileSync(join(folder, "analysis.yaml"), manifest);
    await expect.poll(waiting, { timeout: 30_000, interval: 20 }).toBe(4);
  } finally {
    child.kill();
    await ended;
  }
}, 120_000);

test("a shell has the inputs and the surroundings of a slice", async () => {
  const child = start("shell", folder, "--keep", kept);
  child.stdin.end('pwd; ls "$ROLLERBLADE_IN"; echo "token: $ROLLERBLADE_TOKEN"; exit 5\n');
  const ended = once(child, "exit");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect((await ended)[0]).toBe(5);
  expect(stdout.split("\n").slice(0, 1)).toEqual([folder]);
  expect(stdout).toMatch(/^slice\.json\nt1w\.json\nt1w\.nii\.gz$/m);
  expect(stdout).toMatch(/^token: $/m);
  expect(stderr).toContain("An attempt would run:\n  sh main.sh ");
  expect(existsSync(join(world.scratch, ".rollerblade/try"))).toBe(false);
}, 60_000);

test("assets are created, listed, shown and deleted, and a trial takes them from this machine", async () => {
  const asset = (...args: readonly string[]) => finish(startCommand("asset", ...args));
  const weights = join(world.scratch, "weights");
  mkdirSync(join(weights, "deep"), { recursive: true });
  writeFileSync(join(weights, "a.txt"), "light ");
  writeFileSync(join(weights, "deep/b.txt"), "heavy");
  const made = await asset("create", "weights", weights, "--version", "1.0.0", "--description", "of a test");
  expect([made.code, made.stderr]).toEqual([
    0,
    expect.stringMatching(/^weights 1\.0\.0 is created: 2 files, 11 B, sha256:[0-9a-f]{64}\.$/m),
  ]);
  const again = await asset("create", "weights", weights, "--version", "1.0.0");
  expect(again.stderr).toContain("weights 1.0.0 exists already, with the same content.");
  symlinkSync("/etc/hostname", join(weights, "link"));
  const linked = await asset("create", "weights", weights, "--version", "2.0.0");
  expect([linked.code, linked.stderr]).toEqual([5, expect.stringContaining("link is a link")]);
  expect((await asset("list")).stdout).toMatch(/^weights +1\.0\.0 +2 +11 B +sha256:\w+ .* of a test$/m);
  expect((await asset("show", "weights", "1.0.0")).stdout).toMatch(/^deep\/b\.txt +5 B +sha256:/m);

  const heavy = join(world.scratch, "weighed");
  mkdirSync(heavy);
  const uses = manifest
    .replace('"{out.size}"]', '"{out.size}", "{asset.scale}"]')
    .replace("name: head", "name: weighed")
    .concat("assets: {scale: weights@1.0.0}\n");
  writeFileSync(join(heavy, "analysis.yaml"), uses);
  writeFileSync(join(heavy, "main.sh"), 'printf \'{"is": "%s%s"}\' "$(cat $3/a.txt)" "$(cat $3/deep/b.txt)" > "$2"\n');
  const without = await run("try", heavy, "--keep", kept);
  expect([without.code, without.stderr]).toEqual([5, expect.stringContaining("--asset scale=FOLDER")]);
  const { code, stdout, stderr } = await run("try", heavy, "--keep", kept, "--asset", `scale=${weights}`, "--json");
  expect(code, stderr).toBe(0);
  const [one] = tried.parse(JSON.parse(stdout));
  expect(readFileSync(join(one?.folder ?? "", "out/size.json"), "utf8")).toBe('{"is": "light heavy"}');

  expect((await run("create", heavy)).code).toBe(0);
  const used = await asset("delete", "weights", "1.0.0", "--yes");
  expect([used.code, used.stderr]).toEqual([7, expect.stringContaining("1 version of analyses uses the asset")]);
  expect((await asset("delete", "weights", "1.0.0", "--yes", "--force")).stderr).toContain("weights 1.0.0 is gone.");
  expect((await asset("list")).stderr).toContain("No assets yet.");
}, 120_000);
