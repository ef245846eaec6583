import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { schedulerRoutes } from "@rollerblade/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type ConsoleBrowser, startBrowser } from "./browser.ts";

let browser: ConsoleBrowser;
let folder: string;
let run: string;

/** Fails for want of memory at one half of the scans, and for another cause at the others. */
const script = `size=$(wc -c < $ROLLERBLADE_IN/t1w.nii.gz)
if [ $((size % 2)) = 0 ]; then
  [ $ROLLERBLADE_MEMORY_BYTES -gt 1000000000 ] || { echo "<b>no room</b> in $$" >&2; exit 1; }
else echo "no brain in $ROLLERBLADE_IN" >&2; exit 1; fi
echo '{"volume": 1}' > $ROLLERBLADE_OUT/report.json
`;

const manifest = (version: string) => `name: console-fails
version: ${version}
process: [sh, main.sh]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {report: {name: "{entities}_desc-fails_report.json"}}
resources: {cpu: 100m, memory: 64Mi, timeout: 60s}
retry: {attempts: 1}
`;

beforeAll(async () => {
  browser = await startBrowser();
  folder = mkdtempSync(join(tmpdir(), "console-run-"));
  // A version and code of its own for each time, so that no result of an earlier one is taken.
  const version = `1.0.${Date.now()}`;
  writeFileSync(join(folder, "main.sh"), `# ${version}\n${script}`);
  await browser.client.call(schedulerRoutes.createAnalysis, { body: { manifest: manifest(version), folder } });
  const begun = await browser.client.call(schedulerRoutes.createRun, {
    body: { analysis: "console-fails", version, stopEarly: false, query: 'dataset.name == "colin-mini"' },
  });
  run = begun.id;
  await vi.waitFor(
    async () => {
      const { state } = await browser.client.call(schedulerRoutes.showRun, { params: { id: run } });
      expect(state).toBe("finished");
    },
    { timeout: 120_000, interval: 300 },
  );
}, 180_000);
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

test("a run shows its failures by cause, and tries those of one again with more memory", async () => {
  const { page, open, complaints, violations } = await browser.signedIn();
  await open(`/runs/${run}`, /^Run of console-fails/);
  const failures = page.getByRole("region", { name: "Failures by cause" });
  const group = failures.getByRole("listitem").filter({ hasText: "no room" });
  // What a program writes is text, whatever it is.
  await group
    .getByText(/exit code 1: <b>no room<\/b> in \d+/)
    .first()
    .waitFor();
  expect(await violations()).toEqual([]);
  const before = await failures.getByRole("listitem").count();
  await group.getByLabel("Memory").selectOption("2 GiB");
  await group.getByRole("button", { name: /^Retry/ }).click();
  await group.waitFor({ state: "detached", timeout: 60_000 });
  expect(await failures.getByRole("listitem").count()).toBe(before - 1);
  const ran = async () => (await browser.client.call(schedulerRoutes.showRun, { params: { id: run } })).counts.ran;
  await expect.poll(ran, { timeout: 120_000 }).toBeGreaterThan(0);
  expect(complaints).toEqual([]);
});

test("a slice shows its attempts on a line of time, and a log that is searched, at an address that another opens", async () => {
  const { page, open, complaints, violations } = await browser.signedIn();
  await open(`/runs/${run}?outcome=failed`, /^Run of console-fails/);
  await page.getByRole("table", { name: "Slices" }).getByRole("link", { name: "look" }).first().click();
  const attempts = page.getByRole("region", { name: "Attempts" });
  await attempts
    .getByText(/no brain in/)
    .last()
    .waitFor();
  await attempts.getByLabel("Search in the log").fill("NO BRAIN");
  await attempts.getByText("1 lines").waitFor();
  expect(await violations()).toEqual([]);
  const address = new URL(page.url());
  expect(address.searchParams.get("task")).toMatch(/^[0-9a-f-]{36}$/);
  const other = await browser.signedIn();
  await other.page.goto(`${address.pathname}${address.search}`);
  await other.page.getByRole("region", { name: "Attempts" }).waitFor();
  expect([...complaints, ...other.complaints]).toEqual([]);
});

test("the list of runs is filtered by its address", async () => {
  const { page, open, complaints, violations } = await browser.signedIn();
  await open("/runs?analysis=console-fails&state=finished", "Runs");
  await page
    .getByRole("table", { name: "Runs" })
    .getByRole("link", { name: /console-fails/ })
    .first()
    .waitFor();
  await page.getByLabel("State").selectOption("collecting");
  await page.getByText("No run is like this.").waitFor();
  expect(new URL(page.url()).searchParams.get("state")).toBe("collecting");
  expect(await violations()).toEqual([]);
  expect(complaints).toEqual([]);
});
