import { routerRoutes } from "@rollerblade/client";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type ConsoleBrowser, type ConsolePage, startBrowser } from "./browser.ts";

let browser: ConsoleBrowser;
let demo: string;
beforeAll(async () => {
  browser = await startBrowser();
  const { items } = await browser.client.call(routerRoutes.listPipelines, { query: {} });
  demo = items.find(({ rules }) => rules.length > 0)?.name ?? "";
});
afterAll(() => browser.close());

/** Replaces the text of the editor, as one types. */
const write = async ({ page }: ConsolePage, text: string): Promise<void> => {
  const editor = page.getByRole("textbox", { name: "Pipeline document in YAML" });
  await editor.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
};

test("a document shows its analyses as a graph, its rules with counts, and why a rule ran for a person", async () => {
  const { page, open, complaints, violations } = await browser.signedIn();
  await open("/pipelines", "Pipelines");
  await page.getByRole("link", { name: demo, exact: true }).click();
  await page.getByRole("heading", { name: `Pipeline ${demo}` }).waitFor();
  const graph = page.getByRole("region", { name: "Graph of the analyses" });
  await graph.locator(".react-flow__node").first().waitFor();
  expect(await graph.locator(".react-flow__node").count()).toBeGreaterThan(1);
  await expect.poll(() => graph.locator(".react-flow__edge").count()).toBeGreaterThan(0);
  await page.getByRole("textbox", { name: "Pipeline document in YAML" }).waitFor();
  await page.getByLabel("Dataset").fill("colin-mini");
  await page.getByLabel("Subject").fill("01");
  await page.getByRole("button", { name: "Explain" }).click();
  const reasons = page.getByRole("region", { name: "Why it did or did not run" }).getByRole("listitem");
  await reasons.first().waitFor();
  expect(await violations()).toEqual([]);
  expect(complaints).toEqual([]);
});

test("a new document is planned before it is applied, a fault stands where it is, and it is in force afterwards", async () => {
  const name = `console-${Date.now()}`;
  onTestFinished(async () => {
    await browser.client.call(routerRoutes.removePipeline, { params: { name } }).catch(() => undefined);
  });
  const opening = await browser.signedIn();
  const { page, complaints, violations } = opening;
  await page.goto(`/pipelines/${name}?new=yes`);
  await page.getByRole("textbox", { name: "Pipeline document in YAML" }).waitFor();
  await write(
    opening,
    "datasets: [nowhere-at-all]\nrules:\n  - name: x\n    on: {scan: {suffix: T1w}}\n    run: {analysis: brain-mask, version: ^1}\n    wehn: true\ntags: []\n",
  );
  expect(await page.getByRole("button", { name: "Apply this plan" }).count()).toBe(0);
  await page.getByRole("button", { name: "Plan", exact: true }).click();
  await page.getByRole("alert").waitFor();
  await page.locator(".cm-lint-marker-error").first().waitFor();
  expect(await violations()).toEqual([]);
  await write(opening, "datasets: [nowhere-at-all]\nrules: []\ntags: []\n");
  await page.getByRole("button", { name: "Plan", exact: true }).click();
  await page.getByRole("heading", { name: "What would begin" }).waitFor();
  expect(await violations()).toEqual([]);
  await page.getByRole("button", { name: "Apply this plan" }).click();
  await page.getByText("revision 1,").first().waitFor();
  expect((await browser.client.call(routerRoutes.showPipeline, { params: { name } })).source).toContain(
    "nowhere-at-all",
  );
  // Another text comes into force, and one goes back to the first one.
  await write(opening, "datasets: [nowhere-else]\nrules: []\ntags: []\n");
  await page.getByRole("button", { name: "Plan", exact: true }).click();
  await page.getByRole("button", { name: "Apply this plan" }).click();
  await page.getByText("revision 2,").first().waitFor();
  await page.getByRole("button", { name: "Open revision 1" }).click();
  const editor = page.getByRole("textbox", { name: "Pipeline document in YAML" });
  await expect.poll(() => editor.textContent()).toContain("nowhere-at-all");
  expect(new URL(page.url()).searchParams.get("revision")).toBe("1");
  await page.getByRole("button", { name: "Plan", exact: true }).click();
  await page.getByRole("button", { name: "Apply this plan" }).click();
  await page.getByText("revision 3,").first().waitFor();
  expect((await browser.client.call(routerRoutes.showPipeline, { params: { name } })).source).toContain(
    "nowhere-at-all",
  );
  // The refused plan is an answer of the API, which the browser notes as a failed request.
  expect(complaints.filter((one) => !one.includes("status of 400"))).toEqual([]);
});
