import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startTestServers } from "@rollerblade/embedded/testing";
import { connectNats, ensureTopology, newEventId, publish, topology } from "@rollerblade/events";
import { afterAll, expect, onTestFinished, test } from "vitest";

const servers = await startTestServers();
const url = servers.natsUrl;
const file = fileURLToPath(new URL("./subscriber.ts", import.meta.url));
afterAll(() => servers.stop());

const start = () => {
  const lines: string[] = [];
  const child = spawn(process.execPath, [file], { env: { ...process.env, ROLLERBLADE_NATS_URL: url } });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stdout.on("data", (data) => lines.push(...String(data).trim().split("\n")));
  return { child, lines };
};

const publishUpload = (path: string, id: string) => {
  const derivative = { id: newEventId(), dataset: "ds1", path, analysis: "brain-mask", size: 7n };
  return publish(
    "derivative.created",
    { derivative, task: newEventId(), inForce: true },
    { url, source: "scheduler", id },
  );
};

test("the subscriber of another team receives each event once, across its restart, and the same event published again not at all", async () => {
  const connection = await connectNats({ url, name: "test" });
  await ensureTopology(connection, topology);
  await connection.close();
  const [one, two] = [newEventId(), newEventId()];
  await publishUpload("a.nii.gz", one);
  const first = start();
  await expect
    .poll(() => first.lines, { timeout: 20_000 })
    .toEqual([`ds1: brain-mask made 7 bytes, 1 in all (${one})`]);
  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  await publishUpload("b.nii.gz", two);
  await publishUpload("b.nii.gz", two);
  const second = start();
  await expect
    .poll(() => second.lines, { timeout: 20_000 })
    .toEqual([`ds1: brain-mask made 7 bytes, 1 in all (${two})`]);
});

test("it is shorter than twenty lines", async () => {
  expect((await readFile(file, "utf8")).split("\n").length).toBeLessThan(20);
});
