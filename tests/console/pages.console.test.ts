import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { schedulerRoutes } from "@rollerblade/client";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../e2e/world.ts";
import { type ConsoleBrowser, startBrowser } from "./browser.ts";
import { isGolden, isUpdating } from "./golden.ts";
import { readRecording, recordAnswers, replayAnswers } from "./recorded.ts";

/** The pictures of the documentation: what they show is what the pages look like. */
const pictures = join(root, "docs", "pictures", "console");

/** A page: its address where it is recorded, and what stands on it once all of it is there. */
type GoldenPage = {
  readonly name: string;
  readonly path: () => string | Promise<string>;
  readonly isThere: (page: Page) => Promise<unknown>;
};

let browser: ConsoleBrowser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

const scan = encodeURIComponent("sub-03/ses-baseline/anat/sub-03_ses-baseline_T1w.nii.gz");

/** Waits until the pictures in view are drawn; those below are read when one scrolls there. */
const pictureShown = (page: Page): Promise<void> =>
  expect
    .poll(() =>
      page.evaluate<boolean>(
        '[...document.querySelectorAll("img.picture")].every((one) => one.getBoundingClientRect().top > innerHeight || (one.complete && one.naturalWidth > 0))',
      ),
    )
    .toBe(true);

const pages: readonly GoldenPage[] = [
  {
    name: "dataset",
    path: () => "/datasets/colin-mini",
    isThere: (page) => page.getByText("Subjects by sex").waitFor(),
  },
  {
    name: "subject",
    path: () => `/datasets/colin-mini/subjects/03?scan=${scan}`,
    isThere: async (page) => {
      const mask = page.getByRole("checkbox", { name: /mask\.nii\.gz/ });
      await mask.waitFor();
      if (!(await mask.isChecked())) await mask.check();
      await page.getByRole("group", { name: /mask\.nii\.gz/ }).waitFor();
      await page.locator('.viewer[data-state="shown"]').waitFor();
    },
  },
  {
    name: "query",
    path: () =>
      `/query?${new URLSearchParams({ expression: "subject.age >= 20 && subject.age < 60", by: "subject.sex" })}`,
    isThere: (page) => page.getByText("Scans by subject.sex").waitFor(),
  },
  {
    name: "analysis",
    path: () => "/analyses/brain-mask",
    isThere: (page) => page.getByRole("link", { name: "tissue-volumes" }).waitFor(),
  },
  { name: "run", path: () => failingRun(), isThere: (page) => page.getByText("Failures by cause").waitFor() },
  {
    name: "results",
    path: () => "/results?dataset=colin-mini&view=metrics",
    isThere: (page) => page.getByRole("img", { name: /values$/ }).waitFor(),
  },
  {
    name: "operations",
    path: () => "/operations",
    isThere: (page) => page.getByRole("rowheader", { name: "scheduler", exact: true }).waitFor(),
  },
  { name: "access", path: () => "/access", isThere: (page) => page.getByText("colin-mini").first().waitFor() },
];

/** A run whose slices fail for two causes, as one that somebody has to look at. */
const failingRun = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "console-pages-"));
  const script = `size=$(wc -c < $ROLLERBLADE_IN/t1w.nii.gz)
case $((size % 3)) in
  0) echo "cannot allocate a volume of 256 slices" >&2; exit 1 ;;
  1) echo "no white matter found in $ROLLERBLADE_IN/t1w.nii.gz" >&2; exit 2 ;;
esac
echo '{"thickness": 2.4}' > $ROLLERBLADE_OUT/report.json
`;
  const manifest = `name: cortical-thickness
version: 1.2.0
description: Thickness of the cortex
process: [sh, main.sh]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {report: {name: "{entities}_desc-thickness_report.json"}}
resources: {cpu: 100m, memory: 64Mi, timeout: 60s}
retry: {attempts: 1}
`;
  writeFileSync(join(folder, "main.sh"), script);
  const { client } = browser;
  await client.call(schedulerRoutes.createAnalysis, { body: { manifest, folder } });
  const body = { analysis: "cortical-thickness", query: 'dataset.name == "colin-mini"', stopEarly: false };
  const { id } = await client.call(schedulerRoutes.createRun, { body });
  await expect
    .poll(async () => (await client.call(schedulerRoutes.showRun, { params: { id } })).state, { timeout: 120_000 })
    .toBe("finished");
  rmSync(folder, { recursive: true });
  return `/runs/${id}`;
};

/** When the pages were recorded, for what shows the time that has passed. */
const then = new Date("2026-11-30T12:00:00Z");

test.each(pages)("the page $name looks as the documentation shows it", async ({ name, path, isThere }) => {
  if (isUpdating) {
    const { page } = await browser.signedIn();
    const record = recordAnswers(page);
    await page.goto(await path());
    await isThere(page);
    await pictureShown(page);
    await record(name);
  }
  const recording = readRecording(name);
  const { page, complaints } = await browser.signedIn();
  const { unknown } = await replayAnswers(page, recording);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.clock.setFixedTime(then);
  await page.goto(recording.path);
  await isThere(page);
  await pictureShown(page);
  await page.getByText(/Live$/).waitFor();
  await page.evaluate("document.fonts.ready");
  const look = () => page.screenshot({ animations: "disabled", caret: "hide" });
  let before = await look();
  // A picture is taken once two are the same: what was drawn last has settled.
  await expect
    .poll(async () => {
      const now = await look();
      const isSame = now.equals(before);
      before = now;
      return isSame;
    })
    .toBe(true);
  expect([name, isGolden(name, before, pictures)]).toEqual([name, true]);
  expect(unknown).toEqual([]);
  expect(complaints).toEqual([]);
});
