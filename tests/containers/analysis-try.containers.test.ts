import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { importDataset } from "@rollerblade/transfer";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { catalog } from "../../services/catalog/src/index.ts";
import { gateway } from "../../services/gateway/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { scheduler } from "../../services/scheduler/src/index.ts";
import { baseImage, dockerIsThere, ensureBaseImage } from "../../tools/test-cluster/images/docker.ts";
import { openPublicDoor, type PublicDoor } from "../service/public-door.ts";
import { type ServicesWorld, startServicesWorld } from "../service/services-world.ts";

const there = await dockerIsThere();
const run = promisify(execFile);
const program = join(import.meta.dirname, "../../bin/rollerblade.ts");

describe.skipIf(!there)("analysis try of an image (needs a Docker engine)", () => {
  let world: ServicesWorld;
  let door: PublicDoor;

  beforeAll(async () => {
    await ensureBaseImage();
    door = await openPublicDoor();
    world = await startServicesWorld(
      [ingest, catalog, scheduler, gateway],
      {},
      { ROLLERBLADE_MODE: "embedded", ROLLERBLADE_PUBLIC_URL: door.url },
    );
    door.leadTo(world.url("gateway"));
    await importDataset({ client: world.admin("ingest"), directory: world.copyOfColin("study"), dataset: "study" });
    await vi.waitFor(async () => {
      expect(await world.sql`select from catalog.batches where indexed_at is null`).toEqual([]);
    }, 60_000);
  }, 180_000);
  afterAll(async () => {
    await world.stop();
    door.close();
  });

  const write = (command: string): string => {
    const folder = join(world.scratch, "head");
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, "analysis.yaml"),
      `name: head
version: 0.1.0
image: ${baseImage}
command: [sh, -c, ${JSON.stringify(command)}, "{in.t1w}", "{out.size}"]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
resources: {timeout: 60s, memory: 64Mi}
outputs: {size: {name: "{entities}_desc-head_size.json"}}
`,
    );
    return folder;
  };
  const surroundings = () => ({
    cwd: world.scratch,
    env: {
      ...{ PATH: process.env.PATH, ROLLERBLADE_URL: world.url("gateway"), ROLLERBLADE_TOKEN: world.adminToken },
      ...{ ROLLERBLADE_FOLDER: join(world.scratch, ".rollerblade"), NODE_NO_WARNINGS: "1" },
    },
  });
  const argumentsOf = (command: string, folder: string) => [
    ...[program, "analysis", command, folder, "--keep", join(world.scratch, "kept")],
  ];
  const tryOne = (folder: string) => run(process.execPath, [...argumentsOf("try", folder), "--json"], surroundings());
  const containersLeft = () =>
    new Docker().listContainers({ all: true, filters: { label: ["rollerblade.installation=try"] } });

  test("the image runs on one slice as an attempt would, its log is printed, and its outputs stay", async () => {
    const { stdout, stderr } = await tryOne(write('echo "reading $0"; echo "[$(wc -c < $0)]" > $1'));
    const [tried]: { folder: string; outcome: string }[] = JSON.parse(stdout);
    expect(tried?.outcome).toBe("succeeded");
    expect(stderr).toMatch(/^reading \/rollerblade\/in\/t1w\.nii\.gz$/m);
    const size = readFileSync(join(tried?.folder ?? "", "in/t1w.nii.gz")).length;
    expect(JSON.parse(readFileSync(join(tried?.folder ?? "", "out/size.json"), "utf8"))).toEqual([size]);
    expect(await containersLeft()).toEqual([]);
  }, 120_000);

  test("what an image leaves out is told as of a process", async () => {
    await expect(tryOne(write("echo [1] > $ROLLERBLADE_OUT/sizes.json"))).rejects.toMatchObject({
      code: 8,
      stderr: expect.stringContaining('the file "sizes.json" was not declared; did you mean "size.json"?'),
    });
  }, 120_000);

  test("a shell has the image, the inputs, the user and the limits that an attempt would have, and leaves no container", async () => {
    const child = spawn(process.execPath, argumentsOf("shell", write("true")), surroundings());
    const ended = once(child, "exit");
    child.stdin.end(
      [
        'ls "$ROLLERBLADE_IN"; id -u',
        // The second is of the first version of control groups.
        "cd /sys/fs/cgroup; cat memory.max 2>/dev/null || cat memory/memory.limit_in_bytes",
        'touch /here; echo "token: $ROLLERBLADE_TOKEN"; exit 5\n',
      ].join("\n"),
    );
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect((await ended)[0], stderr).toBe(5);
    expect(stdout).toMatch(/^slice\.json\nt1w\.json\nt1w\.nii\.gz\n\d+\n67108864\ntoken: $/m);
    expect(stdout).not.toMatch(/^0$/m);
    expect(stderr).toContain("Read-only file system");
    expect(stderr).toMatch(/An attempt would run:\n {2}\S*.*sh -c true/);
    expect(await containersLeft()).toEqual([]);
  }, 120_000);
});
