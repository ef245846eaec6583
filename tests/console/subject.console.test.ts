import { afterAll, expect, test } from "vitest";
import { type ConsolePage, startBrowser } from "./browser.ts";
import { isGolden } from "./golden.ts";

const browser = await startBrowser();
afterAll(() => browser.close());

/**
 * What the viewer draws at one place and in one size, whatever else is on the page: between two pixels a browser would draw it anew. It is taken
 * once two pictures are the same.
 */
const drawn = async ({ page }: ConsolePage): Promise<Buffer> => {
  const style =
    ".viewer-place { position: fixed; top: 0; left: 0; width: 800px; height: 400px; border-radius: 0; z-index: 99 }";
  await page.addStyleTag({ content: style });
  const canvas = page.locator(".viewer-canvas");
  let before = await canvas.screenshot();
  await expect
    .poll(async () => {
      const now = await canvas.screenshot();
      const isSame = now.equals(before);
      before = now;
      return isSame;
    })
    .toBe(true);
  await page.evaluate(
    'for (const one of document.querySelectorAll("style")) if (one.textContent.includes("z-index: 99")) one.remove()',
  );
  return before;
};

const scan = "sub-03/ses-baseline/anat/sub-03_ses-baseline_T1w.nii.gz";

test("a subject shows sessions, scans with pictures, derivatives, and why each rule ran, accessibly", async () => {
  const { page, open, violations, complaints } = await browser.signedIn();
  await open("/datasets/colin-mini/subjects/03", /sub-03/);
  await page.getByRole("button", { name: /^ses-followup/ }).click();
  expect(new URL(page.url()).searchParams.get("session")).toBe("followup");
  await page.getByText("1 scan", { exact: true }).waitFor();
  await page.getByRole("heading", { name: /brain-mask .* up to date/ }).waitFor();
  await page.getByText("Why did this (not) run here?").waitFor();
  await page.getByText("succeeded").first().waitFor();
  const width = () => page.evaluate<number>('document.querySelector("img.picture").naturalWidth');
  await expect.poll(width).toBeGreaterThan(0);
  expect(await violations()).toEqual([]);
  expect(complaints).toEqual([]);
});

test("the viewer draws an image with its mask, the same each time, and its view is an address", async () => {
  const shown = await browser.signedIn();
  const { page, open, violations, complaints } = shown;
  await open(`/datasets/colin-mini/subjects/03?scan=${encodeURIComponent(scan)}`, /sub-03/);
  await page.locator('.viewer[data-state="shown"]').waitFor();
  const plain = await drawn(shown);
  await page.getByRole("checkbox", { name: /mask\.nii\.gz/ }).check();
  await page.getByRole("group", { name: /mask\.nii\.gz/ }).waitFor();
  await page.locator('.viewer[data-state="shown"]').waitFor();
  await expect.poll(async () => (await drawn(shown)).equals(plain)).toBe(false);
  const masked = await drawn(shown);
  expect(await violations()).toEqual([]);
  const other = await browser.signedIn();
  await other.page.goto(page.url());
  await other.page.getByRole("group", { name: /mask\.nii\.gz/ }).waitFor();
  await other.page.locator('.viewer[data-state="shown"]').waitFor();
  await expect.poll(async () => (await drawn(other)).equals(masked)).toBe(true);
  expect([isGolden("viewer-t1w", plain), isGolden("viewer-t1w-mask", masked)]).toEqual([true, true]);
  expect(complaints).toEqual([]);
});

test("each key of the metadata names the file that it comes from", async () => {
  const { page, open, complaints } = await browser.signedIn();
  await open(`/datasets/colin-mini/subjects/03?scan=${encodeURIComponent(scan)}`, /sub-03/);
  const table = page.locator(".origins");
  await table.getByRole("rowheader").first().waitFor();
  expect(await table.textContent()).toMatch(/T1w\.json/);
  expect(complaints).toEqual([]);
});

test("fifty changes of page leave one WebGL context at most", async () => {
  const { page, complaints } = await browser.signedIn();
  await page.addInitScript(`
    window.contexts = 0;
    const original = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      const isNew = !this.known;
      const context = original.call(this, kind, ...rest);
      if (context !== null && /webgl/.test(kind) && isNew) { this.known = true; window.contexts += 1; }
      return context;
    };`);
  await page.goto(`/datasets/colin-mini/subjects/03?scan=${encodeURIComponent(scan)}`);
  for (let turn = 0; turn < 25; turn += 1) {
    await page.locator('.viewer[data-state="shown"]').waitFor();
    await page.getByRole("link", { name: "Datasets", exact: true }).click();
    await page.getByRole("heading", { name: "Datasets", level: 1 }).waitFor();
    await page.goBack();
  }
  await page.locator('.viewer[data-state="shown"]').waitFor();
  const contexts = await page.evaluate<number>("window.contexts");
  console.log(`50 changes of page: ${contexts} WebGL context`);
  expect(contexts).toBe(1);
  expect(complaints).toEqual([]);
});
