import { afterAll, expect, test } from "vitest";
import { startBrowser } from "./browser.ts";

const browser = await startBrowser();
afterAll(() => browser.close());

test("analyses are listed, and one shows its manifest, runs and what builds on it, accessibly", async () => {
  const { page, open, violations, complaints } = await browser.signedIn();
  await open("/analyses", "Analyses");
  await page.getByRole("link", { name: "brain-mask" }).first().waitFor();
  expect(await violations()).toEqual([]);
  await page.getByRole("link", { name: "brain-mask" }).first().click();
  await page.getByRole("heading", { name: /^brain-mask \d/, level: 1 }).waitFor();
  await page.getByRole("link", { name: "tissue-volumes" }).waitFor();
  expect(await violations()).toEqual([]);
  expect(complaints).toEqual([]);
});

test("what a run would do is shown before it is ordered", async () => {
  const { page, open, complaints } = await browser.signedIn();
  await open("/analyses/brain-mask", /^brain-mask/);
  await page.getByLabel(/^On what/).fill('subject.label == "01"');
  await page.getByRole("button", { name: "Show what it would do" }).click();
  await page.getByText("1 slice", { exact: false }).first().waitFor();
  await page.getByText("are in place").waitFor();
  expect(complaints).toEqual([]);
});
