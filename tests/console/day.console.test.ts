import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountsRoutes, catalogRoutes, routerRoutes, schedulerRoutes } from "@rollerblade/client";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { root } from "../e2e/world.ts";
import { type ConsoleBrowser, startBrowser } from "./browser.ts";
import { type Hand, keyboard, mouse } from "./hand.ts";

let browser: ConsoleBrowser;
let folder: string;

/** Of this day, so that a server that is used again computes it anew. */
const day = Date.now();

/** An analysis that wants more memory than its manifest asks for. */
const hungry = `console-hungry-${day}`;
const manifest = `name: ${hungry}
version: 1.0.0
process: [sh, main.sh]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {report: {name: "{entities}_desc-hungry_report.json"}}
resources: {cpu: 100m, memory: 64Mi, timeout: 60s}
retry: {attempts: 1}
`;
const script = `[ $ROLLERBLADE_MEMORY_BYTES -gt 1000000000 ] || { echo "no room in $$" >&2; exit 1; }
echo '{"volume": 1}' > $ROLLERBLADE_OUT/report.json
`;

beforeAll(async () => {
  browser = await startBrowser();
  folder = mkdtempSync(join(tmpdir(), "console-day-"));
  const code = join(folder, "code");
  mkdirSync(code);
  writeFileSync(join(code, "main.sh"), `# ${day}\n${script}`);
  await browser.client.call(schedulerRoutes.createAnalysis, { body: { manifest, folder: code } });
  // What a lab has that works together: everybody may run its analyses.
  for (const resource of [hungry, "brain-mask"])
    await browser.client.call(accountsRoutes.giveGrant, {
      params: { kind: "analysis", resource, grantee: "everyone" },
      body: { role: "runner" },
    });
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** Two people of the example, and a file whose name BIDS does not know. */
const makeDataset = (name: string): string => {
  const from = join(root, "examples", "datasets", "colin-mini");
  const to = join(folder, name);
  const files = ["dataset_description.json", "README", "T1w.json", "participants.json", "sessions.json"];
  for (const entry of [...files, "sub-02", "sub-03"]) cpSync(join(from, entry), join(to, entry), { recursive: true });
  const rows = readFileSync(join(from, "participants.tsv"), "utf8").split("\n");
  writeFileSync(join(to, "participants.tsv"), `${rows.filter((row) => !/^sub-0[145678]/.test(row)).join("\n")}`);
  writeFileSync(join(to, wrong), "{}\n");
  return to;
};

const wrong = "sub-02/ses-baseline/anat/sub-02_ses-baseline_T1wx.json";

const documentOf = (dataset: string): string => `datasets: [${dataset}]
rules:
  - name: mask
    on: {scan: {suffix: T1w}}
    run: {analysis: brain-mask, version: ^1}
tags:
  - name: mask
    from: {analysis: brain-mask, output: mask}
    title: Mask of the brain
    show: {kind: image}
`;

/** Whether a page has to be scrolled sideways to be read (WCAG 2.2, 1.4.10). */
const isWide = (page: Page): Promise<boolean> =>
  page.evaluate<boolean>("document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth");

/** A person's whole day, from the sign-in to the sign-out, by one hand. `look` is called with each page once it is there. */
const spendDay = async (page: Page, name: string, hand: Hand, look: (title: string) => Promise<void>) => {
  const dataset = `day-${name}`;
  const path = makeDataset(dataset);
  const heading = (title: string | RegExp) => page.getByRole("heading", { name: title, level: 1 }).waitFor();
  const visit = async (title: string): Promise<void> => {
    await hand.press(page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: title, exact: true }));
    await heading(title);
    await look(title);
  };
  const button = (title: string | RegExp) => page.getByRole("button", { name: title, exact: true });

  const views = page.getByRole("navigation", { name: "Views of the dataset" });

  await look("Home");
  // Brings a dataset in, looks at what is wrong with it, mends it, and brings it in again.
  await visit("Datasets");
  await hand.giveFolder(path);
  await hand.press(button("Import it"));
  const imports = page.getByRole("region", { name: "Imports of this tab" });
  await imports.getByText(/imported$/).waitFor();
  await hand.press(imports.getByRole("link", { name: /findings? to look at/ }));
  await heading(dataset);
  await hand.press(page.getByRole("button", { name: /not-imported \(1\)/ }));
  await page.getByText("BIDS has no suffix").first().waitFor();
  await page.getByText("and import again").first().waitFor();
  await look("Findings");
  rmSync(join(path, wrong));
  await hand.press(views.getByRole("link", { name: "Imports" }));
  await hand.giveFolder(path);
  await hand.press(button(`Import into ${dataset}`));
  await imports.getByText("0 scans added, 0 changed; 0 files added").waitFor();
  await hand.press(imports.getByRole("button", { name: "Dismiss" }));
  await hand.press(views.getByRole("link", { name: "Findings" }));
  await page.getByText("Nothing is known to be wrong with it.").waitFor();

  // Asks for scans, and runs an analysis on them, which fails for want of memory; tries it again with more.
  await visit("Query");
  await hand.write(page.getByRole("textbox", { name: "Condition in CEL" }), `dataset.name == "${dataset}"`);
  await page.getByText("3 sessions found").waitFor();
  await hand.choose(page.getByLabel("Analysis", { exact: true }), hungry);
  await page.getByText(`${hungry} 1.0.0: 3 slices`).waitFor();
  await hand.press(button("Run it"));
  await hand.press(page.getByRole("link", { name: "The run", exact: true }));
  await heading(/^Run of console-hungry/);
  const failures = page.getByRole("region", { name: "Failures by cause" });
  await failures.getByText("3 slices").first().waitFor();
  await look("Run");
  await hand.choose(failures.getByLabel("Memory"), "2 GiB");
  await hand.press(failures.getByRole("button", { name: "Retry these slices" }));
  await page
    .getByText(/finished$/)
    .first()
    .waitFor();
  expect(await failures.count()).toBe(0);

  // Plans and applies a document, and looks at a brain with the mask that it has brought.
  await visit("Pipelines");
  await hand.write(page.getByLabel("A new document, called"), dataset);
  await hand.press(button("Write it"));
  await heading(`New pipeline ${dataset}`);
  await hand.write(page.getByRole("textbox", { name: "Pipeline document in YAML" }), documentOf(dataset));
  await hand.press(button("Plan"));
  await page.getByRole("heading", { name: "What would begin" }).waitFor();
  await hand.press(button("Apply this plan"));
  await page.getByText("nothing is left to be done").waitFor();
  await look("Pipeline");
  await visit("Datasets");
  await hand.press(page.getByRole("table", { name: "Datasets" }).getByRole("link", { name: dataset, exact: true }));
  await hand.press(views.getByRole("link", { name: "Subjects" }));
  await hand.press(page.getByRole("table", { name: "Subjects" }).getByRole("link", { name: "02", exact: true }));
  await heading(/^sub-02/);
  await hand.press(page.getByRole("button", { name: /_T1w\.nii\.gz/ }).first());
  await page.locator('.viewer[data-state="shown"]').waitFor();
  await hand.press(page.getByRole("checkbox", { name: /mask\.nii\.gz/ }));
  await page.getByRole("group", { name: /mask\.nii\.gz/ }).waitFor();
  await page.locator('.viewer[data-state="shown"]').waitFor();
  await look("Subject");

  // Sees what the document shows, and shares the dataset.
  await visit("Results");
  await hand.choose(page.getByLabel(/^Dataset/), dataset);
  await page.getByRole("heading", { name: "Mask of the brain" }).first().waitFor();
  await visit("Datasets");
  await hand.press(page.getByRole("table", { name: "Datasets" }).getByRole("link", { name: dataset, exact: true }));
  await hand.press(views.getByRole("link", { name: "Access" }));
  const colleague = `${name}-colleague`;
  const other = await browser.newColleague(colleague);
  await other.open("/datasets", "Datasets");
  await other.page.getByText("There is no dataset that you may read.", { exact: false }).waitFor();
  await hand.write(page.getByLabel("Person, group:NAME or everyone"), colleague);
  await hand.press(button("Share"));
  await page.getByText(`is viewer, by ${name}`).waitFor();
  await look("Access");

  // What the colleague sees is that dataset and nothing else.
  await other.page.getByRole("link", { name: dataset, exact: true }).first().waitFor();
  await other.open("/datasets", "Datasets");
  await other.page.getByRole("table", { name: "Datasets" }).getByRole("row").nth(1).waitFor();
  expect(await other.page.getByRole("table", { name: "Datasets" }).getByRole("link").allTextContents()).toEqual([
    dataset,
  ]);
  await other.open(`/datasets/${dataset}/subjects/02`, /^sub-02/);
  await other.open("/pipelines", "Pipelines");
  await other.page.getByText("No document is in force.").waitFor();
  expect(other.complaints).toEqual([]);

  await hand.press(button("Sign out"));
  await button("Sign in").waitFor();
};

const cleanUp = (name: string): void => {
  onTestFinished(async () => {
    const { client } = browser;
    await client.call(routerRoutes.removePipeline, { params: { name: `day-${name}` } }).catch(() => undefined);
    await client.call(catalogRoutes.deleteDataset, { params: { dataset: `day-${name}` } }).catch(() => undefined);
  });
};

test("a person's whole day with a mouse: bring in, mend, ask, run, retry, look, automate, share", async () => {
  const name = `ada-${day}`;
  const { page, complaints } = await browser.newColleague(name);
  cleanUp(name);
  await spendDay(page, name, mouse(page), async () => {});
  expect(complaints).toEqual([]);
});

test("the same day by keyboard alone, with everything twice as large, and nothing that moves", async () => {
  const name = `kim-${day}`;
  const { page, complaints } = await browser.newColleague(name);
  cleanUp(name);
  // A window of 1280 by 900 points whose page is zoomed to 200 %.
  await page.setViewportSize({ width: 640, height: 450 });
  const wide: string[] = [];
  await spendDay(page, name, keyboard(page), async (title) => {
    if (await isWide(page)) wide.push(title);
  });
  expect(wide).toEqual([]);
  const moving = await page.evaluate<number>(
    'document.getAnimations().filter((one) => one.playState === "running").length',
  );
  expect(moving).toBe(0);
  expect(complaints).toEqual([]);
});
