import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { catalogRoutes } from "@rollerblade/client";
import { publish } from "@rollerblade/events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createWorld, type World } from "./world.ts";

const letters = z.array(z.looseObject({ id: z.string(), subject: z.string(), reason: z.string() }));
const image = "anat/sub-99_T1w.nii.gz";

const operatorAddress = z.looseObject({ settings: z.looseObject({ ROLLERBLADE_NATS_URL: z.string() }) });

/** Where the world's nats-server is, for its operator. */
const natsUrl = async ({ folder }: World): Promise<string> => {
  const server = await readFile(join(folder, ".rollerblade/server.json"), "utf8");
  return operatorAddress.parse(JSON.parse(server)).settings.ROLLERBLADE_NATS_URL;
};

describe("an event that cannot be true", () => {
  let world: World;
  let bytes: Buffer;

  const waitFor = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
    for (let tries = 0; tries < 300; tries++) {
      const found = await look();
      if (found !== undefined) return found;
      await sleep(100);
    }
    throw new Error("It did not come within half a minute.");
  };
  const deadLetter = () =>
    waitFor(async () => {
      const found = await world.json(letters, ["dead-letters", "list"]);
      return found.find(({ subject }) => subject.startsWith("rollerblade.from.admin.scan.uploaded."));
    });

  beforeAll(async () => {
    world = await createWorld();
    const data = await world.copyOfColin();
    for (const subject of ["02", "03", "04", "05", "06", "07", "08"])
      await rm(join(data, `sub-${subject}`), { recursive: true });
    bytes = await readFile(join(data, "sub-01/ses-baseline/anat/sub-01_ses-baseline_T1w.nii.gz"));
    await world.up();
    const imported = await world.run(["dataset", "import", data]);
    expect(imported.code, imported.stderr).toBe(0);
    const file = {
      path: `sub-99/${image}`,
      role: "image",
      size: BigInt(bytes.length),
      sha256: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
    };
    const message = { dataset: "colin-mini", path: file.path, files: [file], uploader: "admin" };
    await publish("scan.uploaded", message, { url: await natsUrl(world), source: "admin" });
  });
  afterAll(() => world.close());

  it("is found among the dead letters, with what was wrong with it", async () => {
    const { reason } = await deadLetter();
    console.log(`dead letter: ${reason}`);
    expect(reason).toContain(`sub-99/${image}`);
  });

  it("holds nothing up", async () => {
    const api = await world.api();
    const { items } = await api.call(catalogRoutes.listScans, { query: { dataset: "colin-mini" } });
    expect(items.map(({ subject }) => subject)).toEqual(["01"]);
  });

  it("is handled when it is replayed after its fault was fixed", async () => {
    const target = join(world.bucket, "datasets/colin-mini/sub-99", image);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(world.bucket, "datasets/colin-mini/sub-01/ses-baseline/anat/sub-01_ses-baseline_T1w.nii.gz"), target);
    const { id } = await deadLetter();
    const replayed = await world.run(["dead-letters", "replay", id]);
    expect(replayed.code, replayed.stderr).toBe(0);
    const api = await world.api();
    const scan = await waitFor(async () => {
      const { items } = await api.call(catalogRoutes.listScans, { query: { dataset: "colin-mini", subject: "99" } });
      return items[0];
    });
    expect(scan.path).toBe(`sub-99/${image}`);
  });
});
