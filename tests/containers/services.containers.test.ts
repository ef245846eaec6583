import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, disconnect } from "@rollerblade/database";
import { connectNats } from "@rollerblade/events";
import { openObjectStore } from "@rollerblade/object-store";
import { getContainerRuntimeClient, type StartedTestContainer } from "testcontainers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { dockerIsThere, ensureBaseImage } from "../../tools/test-cluster/images/docker.ts";
import { buildProject } from "../../tools/test-cluster/images/project-images.ts";
import { buildServers } from "../../tools/test-cluster/images/server-images.ts";
import { createWorld, root, type World } from "../e2e/world.ts";
import { services } from "./installation/programs.ts";
import { type Installation, startInstallation } from "./installation/start-installation.ts";
import { listOwn, removeOwn, startJanitor } from "./own-containers.ts";
import { startContainer } from "./start-container.ts";

const there = await dockerIsThere();
const colin = join(root, "examples", "datasets", "colin-mini");
const found = z.looseObject({
  total: z.int(),
  slices: z.array(z.looseObject({ slice: z.looseObject({ scan: z.string() }) })),
});

describe.skipIf(!there)("every service in a container of the project's image (needs a Docker engine)", () => {
  let world: World;
  let installation: Installation;

  beforeAll(async () => {
    await startJanitor();
    await ensureBaseImage();
    await buildServers();
    installation = await startInstallation(await buildProject());
    world = await createWorld();
  });
  afterAll(async () => {
    await world?.close();
    await removeOwn();
    expect(await listOwn()).toEqual([]);
  });

  /** Runs the command line on this machine, as the administrator would. */
  const must = async (...args: string[]): Promise<string> => {
    const environment = { ROLLERBLADE_URL: installation.url, ROLLERBLADE_TOKEN: installation.token };
    const { code, stdout, stderr } = await world.run(args, environment);
    expect(code, `rollerblade ${args.join(" ")}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  };
  const query = async (expression: string): Promise<string[]> => {
    const { total, slices } = found.parse(JSON.parse(await must("query", expression, "--json")));
    expect(slices).toHaveLength(total);
    return slices.map(({ slice }) => slice.scan);
  };
  const stateOf = async (container: StartedTestContainer) => {
    const { State } = await (await getContainerRuntimeClient()).container.getById(container.getId()).inspect();
    return State;
  };
  const health = async (container: StartedTestContainer) => (await stateOf(container)).Health?.Status;

  it("finds each of them healthy, by the image's own check", async () => {
    const answers = services.map(async (service) => [service, await health(installation.container(service))]);
    expect(Object.fromEntries(await Promise.all(answers))).toEqual(
      Object.fromEntries(services.map((service) => [service, "healthy"])),
    );
  });

  it.each(services)("gives %s no root, no capability and nothing to write but /tmp", async (service) => {
    const tries = "cat /proc/1/status; touch /tmp/tried && echo wrote; touch /app/tried; touch /home/node/tried";
    const { output } = await installation.container(service).exec(["sh", "-c", tries]);
    expect(output).toMatch(/^Uid:\s+1000\s+1000\s+1000\s+1000$/m);
    expect(output).toMatch(/^CapEff:\s+0+$/m);
    expect(output).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(output).toMatch(/^wrote$/m);
    expect(output.match(/Read-only file system/g)).toHaveLength(2);
  });

  it("finds what the command line imports", async () => {
    await must("dataset", "import", colin);
    expect(await query('scan.suffix == "T1w"')).toHaveLength(12);
    expect(await query('scan.entities.ses == "followup"')).toHaveLength(4);
  });

  it("keeps the bytes in the S3 server", async () => {
    const store = openObjectStore(installation.addresses.objects, { publicUrl: installation.url, secret: "unused" });
    for (const scan of await query('scan.suffix == "T1w"')) {
      const stored = await buffer(await store.get(`datasets/colin-mini/${scan}`));
      expect(stored.equals(await readFile(join(colin, scan))), scan).toBe(true);
    }
  });

  it("keeps the events in NATS", async () => {
    const connection = await connectNats({ url: installation.addresses.nats, name: "tests" });
    const filter = { subjects_filter: "rollerblade.scan.indexed.>" };
    const { state } = await (await jetstreamManager(connection)).streams.info("EVENTS", filter);
    expect(state.subjects).toEqual({ "rollerblade.scan.indexed.colin-mini": 12 });
    await connection.close();
  });

  it("keeps the tables in PostgreSQL", async () => {
    const sql = connect(installation.addresses.database);
    expect(await sql`select name, subjects, scans from catalog.datasets`).toEqual([
      { name: "colin-mini", subjects: 8, scans: 12 },
    ]);
    await disconnect(sql);
  });

  it("calls a service unhealthy that does not answer, and healthy when it does again", async () => {
    const tagger = installation.programs.serve("tagger").withImpatientHealthCheck();
    const container = await startContainer("another tagger", tagger);
    const engine = (await getContainerRuntimeClient()).container.getById(container.getId());
    await engine.kill({ signal: "SIGSTOP" });
    await expect.poll(() => health(container)).toBe("unhealthy");
    await engine.kill({ signal: "SIGCONT" });
    await expect.poll(() => health(container)).toBe("healthy");
  });

  it.each(services)("ends %s when it is told to", async (service) => {
    const container = installation.container(service);
    await container.stop({ remove: false, timeout: 40_000 });
    expect(await stateOf(container)).toMatchObject({ Running: false, ExitCode: 0 });
  });
});
