import { schedulerRoutes } from "@rollerblade/client";
import { connect, disconnect } from "@rollerblade/database";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { type ConsoleBrowser, startBrowser } from "./browser.ts";

/** A run of a hundred thousand slices, one in a hundred of which failed for one of two causes. */
const slices = 100_000;
const run = "01900000-0000-7000-8000-00000000a11a";

let browser: ConsoleBrowser;
const sql = connect(inject("server").databaseUrl, { max: 1, statementTimeout: 0 });

beforeAll(async () => {
  browser = await startBrowser();
  await sql`delete from scheduler.tasks where run = ${run}`;
  await sql`delete from scheduler.runs where id = ${run}`;
  const failed = slices / 100;
  // Copies of what the demo has left, so that the rows are as the scheduler writes them. Without `offset 0` each column would copy its row anew.
  await sql`
    insert into scheduler.runs
    select (jsonb_populate_record(run, jsonb_build_object('id', ${run}::uuid, 'total', ${slices}::int, 'ran', ${slices - failed}::int,
      'failed', ${failed}::int, 'cached', 0, 'in_place', 0, 'cancelled', 0, 'superseded', 0, 'not_applicable', 0, 'left_out', 0,
      'state', 'finished', 'document', null, 'rule', null))).*
    from scheduler.runs as run where id = (select id from scheduler.runs where state = 'finished' order by id limit 1)`;
  await sql`
    insert into scheduler.tasks
    select (copy.task).* from (
      select jsonb_populate_record(task, jsonb_build_object('id', made.id, 'run', ${run}::uuid, 'decision', made.id,
      'slice', task.slice || jsonb_build_object('subject', made.subject), 'slice_key', made.subject, 'state', 'final',
      'outcome', case when made.fails then 'failed' else 'ran' end,
      'reason', case when not made.fails then '' when made.n % 200 = 0 then 'exit code 1: no room for ' || made.n else 'exit code 2: no brain in sub-' || made.subject end,
      'cause', case when not made.fails then '' when made.n % 200 = 0 then 'exit code N: no room for N' else 'exit code N: no brain in …' end)) as task
    from scheduler.tasks as task,
      (select n, 'p' || lpad(n::text, 6, '0') as subject, n % 100 = 0 as fails,
        ('01900000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid as id
      from generate_series(1, ${slices}) as n) as made
    where task.id = (select id from scheduler.tasks where outcome in ('ran', 'cached') order by id limit 1)
      offset 0) as copy`;
  await sql`analyze scheduler.tasks`;
}, 300_000);
afterAll(async () => {
  await sql`delete from scheduler.tasks where run = ${run}`;
  await sql`delete from scheduler.runs where id = ${run}`;
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
    await timed("failed ones", () => list({ outcome: "failed" })),
    await timed("of one cause", () => list({ like })),
    await timed("of one subject", () => list({ subject: "p099999" })),
  ];
  console.log(`100,000 slices: ${figures.join(", ")}`);
  expect((await list({ like })).items).toHaveLength(200);
  expect((await list({ subject: "p099999" })).items).toHaveLength(1);
});
