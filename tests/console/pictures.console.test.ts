import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catalogRoutes, routerRoutes, schedulerRoutes } from "@rollerblade/client";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { type ConsolePage, startBrowser } from "./browser.ts";

const browser = await startBrowser();
afterAll(() => browser.close());

/** Waits until all pictures that are in view are drawn. */
const drawn = async ({ page }: ConsolePage): Promise<void> => {
  await page.locator("img.picture").first().waitFor();
  await expect
    .poll(
      () =>
        page.evaluate<number>(
          `[...document.querySelectorAll("img.picture")].filter((one) => one.complete && one.naturalWidth > 0).length`,
        ),
      {
        timeout: 60_000,
        interval: 200,
      },
    )
    .toBeGreaterThan(0);
};

test("results are cards, a sheet of pictures, and plots in which a stretch is chosen and saved", async () => {
  const opening = await browser.signedIn();
  const { page, open, complaints, violations } = opening;
  await open("/results?dataset=colin-mini", "Results");
  await page.getByRole("article").first().waitFor();
  expect(await violations()).toEqual([]);
  await page.getByLabel("Shown as").selectOption("Metrics");
  await page.getByRole("img", { name: /values$/ }).waitFor();
  expect(await violations()).toEqual([]);
  const chosen = async (): Promise<number> => {
    const text = await page.getByText(/values? chosen\./).textContent();
    return Number(text?.split(" ")[0]);
  };
  const all = await chosen();
  const box = await page.locator(".plot").boundingBox();
  if (box === null) throw new Error("The plot is not there.");
  await page.mouse.move(box.x + 200, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + 260, box.y + box.height / 2, { steps: 5 });
  await page.mouse.up();
  await expect.poll(() => new URL(page.url()).searchParams.has("from")).toBe(true);
  await expect.poll(chosen).toBeLessThan(all);
  await page.getByRole("button", { name: "Make CSV" }).click();
  const saved = page.waitForEvent("download");
  await page.getByRole("link", { name: "Save CSV" }).click();
  expect((await saved).suggestedFilename()).toMatch(/\.csv$/);
  expect(complaints).toEqual([]);
});

test("images are rated on a board with the keyboard, and a rating can be taken back", async () => {
  const opening = await browser.signedIn();
  const { page, open, complaints, violations } = opening;
  await open("/quality?dataset=colin-mini", "Quality control");
  await drawn(opening);
  const cards = page.getByRole("list", { name: "Board" }).getByRole("listitem");
  await cards.first().getByRole("button", { name: "pass" }).focus();
  await page.keyboard.press("3");
  const undo = page.getByRole("button", { name: "Undo the last rating" });
  await expect.poll(() => undo.isEnabled(), { timeout: 30_000 }).toBe(true);
  expect(await cards.first().getByRole("button", { name: "fail" }).getAttribute("aria-pressed")).toBe("true");
  expect(await violations()).toEqual([]);
  const failed = async (): Promise<number> => {
    const query = { dataset: "colin-mini", analysis: "rating-t1w", output: "fail" };
    return (await browser.client.call(catalogRoutes.listDerivatives, { query })).items.length;
  };
  await expect.poll(failed, { timeout: 30_000 }).toBe(1);
  await undo.click();
  await expect.poll(failed, { timeout: 30_000 }).toBe(0);
  expect(complaints).toEqual([]);
});

test("a report of an analysis is shown in a frame of its own origin, whose scripts reach nothing", async () => {
  const name = `console-report-${Date.now()}`;
  const folder = mkdtempSync(join(tmpdir(), "console-report-"));
  onTestFinished(async () => {
    await browser.client.call(routerRoutes.removePipeline, { params: { name } }).catch(() => undefined);
    rmSync(folder, { recursive: true });
  });
  // It tries what a hostile report would: the session, the page around it, the API, and another server.
  const hostile = `<!doctype html><title>report</title><p id="out">no script ran</p><script>
const tried = [];
const attempt = (what, work) => { try { tried.push(what + ": " + work()); } catch (error) { tried.push(what + ": refused"); } };
attempt("cookie", () => document.cookie);
attempt("parent", () => parent.document.title);
attempt("storage", () => localStorage.length);
fetch("/v1/me").then(() => "read", () => "refused").then((me) => {
  document.getElementById("out").textContent = tried.concat("api: " + me).join(", ");
});
</script>`;
  writeFileSync(join(folder, "page.html"), hostile);
  writeFileSync(join(folder, "main.sh"), "cp page.html $ROLLERBLADE_OUT/page.html\n");
  const manifest = `name: ${name}
version: 1.0.0
process: [sh, main.sh]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {page: {name: "{entities}_desc-hostile_report.html"}}
resources: {cpu: 100m, memory: 64Mi, timeout: 60s}
`;
  await browser.client.call(schedulerRoutes.createAnalysis, { body: { manifest, folder } });
  const source = `datasets: [colin-mini]
rules:
  - name: page
    on: {scan: {suffix: T1w}}
    run: {analysis: ${name}, version: ^1}
tags:
  - name: page
    from: {analysis: ${name}, output: page}
    title: Hostile page
    show: {kind: document}
`;
  await browser.client.call(routerRoutes.applyPipeline, { params: { name }, body: { source } });
  const opening = await browser.signedIn();
  const { page, open, complaints } = opening;
  await open("/results?dataset=colin-mini", "Results");
  const button = page.getByRole("button", { name: "Open Hostile page" }).first();
  await button.waitFor({ timeout: 90_000 });
  await button.click();
  const frame = page.frameLocator("iframe[title='Hostile page']");
  await frame.getByText("api: refused").waitFor();
  expect(await frame.locator("#out").textContent()).toBe(
    "cookie: refused, parent: refused, storage: refused, api: refused",
  );
  // What the frame is refused is what its browser complains of, and nothing else.
  expect(complaints.filter((one) => !/sandbox|Content Security Policy|cross-origin/i.test(one))).toEqual([]);
});
