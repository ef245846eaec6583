import { afterAll, expect, test } from "vitest";
import { type ConsolePage, startBrowser } from "./browser.ts";

const browser = await startBrowser();
afterAll(() => browser.close());

/** What stands in the table of subjects. */
const rowsOf = (page: ConsolePage["page"]): Promise<string[]> =>
  page.getByRole("table", { name: "Subjects" }).getByRole("row").allTextContents();

/** Waits until the last column has its values: the rows of before stay while these come. */
const valuesShown = (page: ConsolePage["page"]): Promise<void> =>
  expect.poll(async () => (await rowsOf(page)).filter((row) => row.endsWith("–"))).toEqual([]);

test.each([
  ["", /Scans by datatype/],
  ["?tab=subjects", /8 subjects/],
  ["?tab=findings", /findings|Nothing is known|Nobody has looked/],
  ["?tab=files", /participants.tsv/],
  ["?tab=access", /Who can see it, and why/],
  ["?tab=imports", /committed/],
])("the view %s of a dataset is an address, without an error, and accessible", async (search, text) => {
  const { page, open, violations, complaints } = await browser.signedIn();
  await open(`/datasets/colin-mini${search}`, "colin-mini");
  await page.getByText(text).first().waitFor();
  expect(await violations()).toEqual([]);
  expect(complaints).toEqual([]);
});

test("subjects are found by a condition and shown with any field, and another person opens the same view", async () => {
  const { page, open, complaints } = await browser.signedIn();
  await open("/datasets/colin-mini?tab=subjects", "colin-mini");
  await page.getByLabel("Condition").fill("subject.age > 50");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByText(/^[1-7] subjects?$/).waitFor();
  await page.getByLabel("Column", { exact: true }).fill("scan.suffix");
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByRole("columnheader", { name: "scan.suffix" }).waitFor();
  await valuesShown(page);
  const shown = await rowsOf(page);
  expect(shown.length).toBeGreaterThan(1);
  const other = await browser.signedIn();
  await other.page.goto(page.url());
  await other.page.getByText(/^[1-7] subjects?$/).waitFor();
  await other.page.getByRole("columnheader", { name: "scan.suffix" }).waitFor();
  await valuesShown(other.page);
  expect(await rowsOf(other.page)).toEqual(shown);
  expect(complaints).toEqual([]);
});

test("a condition that cannot be understood says where", async () => {
  const { page, open } = await browser.signedIn();
  await open("/datasets/colin-mini?tab=subjects&where=subject.age+%3E%3E+1", "colin-mini");
  await page.getByRole("alert").waitFor();
  expect(await page.getByRole("alert").textContent()).toMatch(/expression|line 1|column/i);
});

test("a folder is looked into level by level, and a file downloads", async () => {
  const { page, open, complaints } = await browser.signedIn();
  await open("/datasets/colin-mini?tab=files", "colin-mini");
  await page.getByRole("link", { name: "sub-01/" }).click();
  await page.getByRole("link", { name: "ses-baseline/" }).click();
  await page.getByRole("link", { name: "anat/" }).click();
  const file = page.getByRole("button", { name: /_T1w\.nii\.gz$/ });
  await file.waitFor();
  expect(new URL(page.url()).searchParams.get("folder")).toBe("sub-01/ses-baseline/anat");
  const [download] = await Promise.all([page.waitForEvent("download"), file.click()]);
  expect(download.suggestedFilename()).toMatch(/^sub-01_.*_T1w\.nii\.gz$/);
  expect(complaints).toEqual([]);
});

test("a dataset is shared with a colleague, who then sees it and nothing else, until it is taken back", async () => {
  const { page, open, complaints } = await browser.signedIn();
  const colleague = await browser.newColleague("console-colleague");
  await colleague.page.goto("/datasets/colin-mini");
  await colleague.page.getByRole("heading", { name: "There is nothing here" }).waitFor();
  await open("/datasets/colin-mini?tab=access", "colin-mini");
  await page.getByLabel("Person, group:NAME or everyone").fill("console-colleague");
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByText("is viewer, by admin").waitFor();
  await colleague.open("/datasets/colin-mini", "colin-mini");
  await colleague.page.goto("/datasets/colin-mini?tab=access");
  await colleague.page.getByText("Why you can see it").waitFor();
  expect(await colleague.page.getByText("Shared with").count()).toBe(0);
  await page.getByRole("button", { name: "Take back from console-colleague" }).click();
  await page.getByText("Nobody yet.").waitFor();
  await colleague.page.goto("/datasets/colin-mini");
  await colleague.page.getByRole("heading", { name: "There is nothing here" }).waitFor();
  expect(complaints).toEqual([]);
});
