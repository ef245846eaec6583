import { schedulerRoutes } from "@rollerblade/client";
import { connect, disconnect } from "@rollerblade/database";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { type ConsoleBrowser, startBrowser } from "./browser.ts";
import { makeManySlices, manySlicesRun, removeManySlices } from "./many-slices.ts";

/** A run of a hundred thousand slices, one in a hundred of which failed for one of two causes. */
const slices = 100_000;
const run = manySlicesRun;

let browser: ConsoleBrowser;
const sql = connect(inject("server").databaseUrl, { max: 1, statementTimeout: 0 });

beforeAll(async () => {
  browser = await startBrowser();
  await makeManySlices(sql, slices);
}, 300_000);
afterAll(async () => {
  await removeManySlices(sql);
  await disconnect(sql);
  await browser.close();
});

/** The value below which a share of the numbers lies. */
const percentile = (numbers: readonly number[], share: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(share * (numbers.length - 1))] ?? Number.NaN;

test("a run of 100,000 slices shows its first rows at once, reads more as one scrolls, and no answer is large", async () => {
  const { page, open, complaints, violations } = await browser.signedIn();
  await open("/runs", "Runs");
  const sizes: number[] = [];
  page.on("response", async (response) => {
    if (!response.url().includes("/v1/")) return;
    const body = await response.body().catch(() => Buffer.alloc(0));
    sizes.push(body.length);
  });
  const begun = performance.now();
  await page.goto(`/runs/${run}`);
  const table = page.getByRole("table", { name: "Slices" });
  await table.getByText("p000001").waitFor();
  const firstRowsMs = performance.now() - begun;
  await expect.poll(() => table.getAttribute("aria-rowcount")).toBe(String(slices));
  await page
    .getByText(/✕ 500 slices/)
    .first()
    .waitFor();
  const frames = z.array(z.number()).parse(
    await page.evaluate(`new Promise((resolve) => {
      const table = document.querySelector('[role=table][aria-label=Slices]');
      const frames = [];
      let last = performance.now();
      const step = (now) => {
        frames.push(now - last);
        last = now;
        table.scrollTop += 120;
        if (frames.length < 240) requestAnimationFrame(step);
        else resolve(frames.slice(1));
      };
      requestAnimationFrame(step);
    })`),
  );
  const drawn = await table.getByRole("row").count();
  const last = (await table.getByRole("row").last().getAttribute("aria-rowindex")) ?? "0";
  console.log(
    `100,000 slices: first rows ${firstRowsMs.toFixed(0)} ms after the address was opened; a frame while scrolling p50 ${percentile(frames, 0.5).toFixed(0)} ms, p95 ${percentile(frames, 0.95).toFixed(0)} ms; ${drawn} rows drawn; largest answer ${(Math.max(...sizes) / 1000).toFixed(0)} kB of ${sizes.length}`,
  );
  expect(Number(last)).toBeGreaterThan(400);
  expect(drawn).toBeLessThan(120);
  expect(Math.max(...sizes)).toBeLessThan(1_000_000);
  expect(await violations()).toEqual([]);
  await table.getByRole("button", { name: "Slice" }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("sort")).toBe("slice");
  await table.getByRole("button", { name: "Slice" }).click();
  await table.getByText("p100000").waitFor();
  expect(new URL(page.url()).searchParams.get("sort")).toBe("-slice");
  expect(await table.getByRole("columnheader", { name: "Slice" }).getAttribute("aria-sort")).toBe("descending");
  expect(complaints).toEqual([]);
});

test("the server answers a page of them, filtered or not, and the failures by cause", async () => {
  const timed = async (name: string, ask: () => Promise<unknown>): Promise<string> => {
    await ask();
    const begun = performance.now();
    await ask();
    return `${name} ${(performance.now() - begun).toFixed(0)} ms`;
  };
  const { client } = browser;
  const show = () => client.call(schedulerRoutes.showRun, { params: { id: run } });
  const list = (more: object = {}) => client.call(schedulerRoutes.listTasks, { query: { run, limit: 200, ...more } });
  const { failures } = await show();
  expect(failures.map(({ count }) => count)).toEqual([500, 500]);
  const like = failures[0]?.task ?? "";
  const figures = [
    await timed("run with its causes", show),
    await timed("first page", () => list()),
    await timed("by name, the last first", () => list({ sort: "-slice" })),
    await timed("by their end", () => list({ sort: "ended" })),
    await timed("failed ones", () => list({ outcome: "failed" })),
    await timed("of one cause", () => list({ like })),
    await timed("of one subject", () => list({ subject: "p099999" })),
  ];
  console.log(`100,000 slices: ${figures.join(", ")}`);
  expect((await list({ like })).items).toHaveLength(200);
  expect((await list({ subject: "p099999" })).items).toHaveLength(1);
});
