import { catalogRoutes, routerRoutes, schedulerRoutes } from "@rollerblade/client";
import { afterAll, expect, test } from "vitest";
import { startBrowser } from "./browser.ts";

const browser = await startBrowser();
afterAll(() => browser.close());

test("who may see nothing sees the same of what there is and of what there is not, on every page", async () => {
  const { client } = browser;
  const [runs, pipelines, analyses] = await Promise.all([
    client.call(schedulerRoutes.listRuns, { query: { limit: 1 } }),
    client.call(routerRoutes.listPipelines, { query: { limit: 1 } }),
    client.call(catalogRoutes.listDatasets, { query: {} }),
  ]);
  expect(analyses.items.map(({ name }) => name)).toContain("colin-mini");
  const run = runs.items[0]?.id ?? "";
  const pipeline = pipelines.items[0]?.name ?? "";
  const scan = encodeURIComponent("sub-03/ses-baseline/anat/sub-03_ses-baseline_T1w.nii.gz");
  const none = { dataset: "nobodys-ds", run: "01900000-0000-7000-8000-000000000000", pipeline: "nobodys-doc" };
  const addressesOf = (of: typeof none): string[] => [
    ...["", "?tab=subjects", "?tab=findings", "?tab=files", "?tab=access", "?tab=imports"].map(
      (search) => `/datasets/${of.dataset}${search}`,
    ),
    `/datasets/${of.dataset}/subjects/03?scan=${scan}`,
    `/runs/${of.run}`,
    `/pipelines/${of.pipeline}`,
    `/results?dataset=${of.dataset}`,
    `/quality?dataset=${of.dataset}`,
    `/query?expression=${encodeURIComponent(`dataset.name == "${of.dataset}"`)}`,
    `/access?kind=dataset&name=${of.dataset}`,
  ];
  const stranger = await browser.newColleague(`stranger-${Date.now()}`);
  const { page } = stranger;
  /** What stands on a page once nothing is awaited any more, without what was asked for. */
  const textAt = async (address: string, asked: typeof none): Promise<string> => {
    await page.goto(address);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await expect.poll(() => page.locator("main").getByText("Loading …").count()).toBe(0);
    await page.waitForLoadState("load");
    const text = (await page.locator("main").textContent()) ?? "";
    return Object.values(asked).reduce((shown, one) => shown.replaceAll(one, "X"), text);
  };
  const there = { dataset: "colin-mini", run, pipeline };
  for (const [index, address] of addressesOf(there).entries()) {
    const other = addressesOf(none)[index] ?? "";
    const unseen = await textAt(other, none);
    await expect.poll(() => textAt(address, there)).toBe(unseen);
    expect(await page.locator("main").textContent()).not.toMatch(/sub-0[1-8]_|PatientPosition/);
  }
  // What lists show is theirs alone, and they have nothing.
  for (const list of ["/", "/datasets", "/runs", "/pipelines", "/analyses", "/results", "/quality", "/access"]) {
    await page.goto(list);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await expect.poll(() => page.locator("main").getByText("Loading …").count()).toBe(0);
    expect(await page.locator("main").textContent()).not.toContain("colin");
  }
});
