import { afterAll, expect, test } from "vitest";
import { startBrowser } from "./browser.ts";

const browser = await startBrowser();
afterAll(() => browser.close());

test("a condition is typed with completion and counted as one types, and its view is an address", async () => {
  const { page, open, violations, complaints } = await browser.signedIn();
  await open(`/query?expression=${encodeURIComponent('dataset.name == "colin-mini"')}`, "Query");
  await page.getByText("12 sessions found").waitFor();
  const editor = page.getByRole("textbox", { name: "Condition in CEL" });
  await editor.click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" && subject.se");
  await page.getByRole("option", { name: /subject\.sex/ }).click();
  await page.keyboard.type(' == "F"');
  await page.getByText(/^[1-9] sessions found$/).waitFor();
  expect(new URL(page.url()).searchParams.get("expression")).toContain("subject.sex ==");
  expect(await violations()).toEqual([]);
  const other = await browser.signedIn();
  await other.page.goto(page.url());
  await other.page.getByText(/^[1-9] sessions found$/).waitFor();
  expect(complaints).toEqual([]);
});

test("the form beside the editor shows the same conditions, and writes them", async () => {
  const { page, open, violations, complaints } = await browser.signedIn();
  await open(`/query?expression=${encodeURIComponent('dataset.name == "colin-mini"')}`, "Query");
  const form = page.getByRole("region", { name: "By fields" });
  await form.getByLabel("And a field").fill("subject.age");
  await form.getByRole("button", { name: "Add a condition" }).click();
  await form.getByLabel("Comparison of subject.age").selectOption("more than");
  await form.getByLabel("Value of subject.age").fill("50");
  await page.keyboard.press("Enter");
  const editor = page.getByRole("textbox", { name: "Condition in CEL" });
  await expect.poll(() => editor.textContent()).toBe('dataset.name == "colin-mini" && subject.age > 50');
  await page.getByText(/^[1-9] sessions? found$/).waitFor();
  expect(await violations()).toEqual([]);
  await form.getByRole("button", { name: "Remove the condition of subject.age" }).click();
  await page.getByText("12 sessions found").waitFor();
  await editor.click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" || subject.age < 3");
  await form.getByText("more than a list of conditions").waitFor();
  expect(complaints).toEqual([]);
});

test("an expression that cannot be understood says what is wrong, and the editor stays", async () => {
  const { page, open } = await browser.signedIn();
  await open(`/query?expression=${encodeURIComponent("subject.age >> 3")}`, "Query");
  await page.getByRole("alert").first().waitFor();
  expect(await page.getByRole("textbox", { name: "Condition in CEL" }).textContent()).toBe("subject.age >> 3");
});

test("a query is saved, pinned and compared, and an analysis is run on it with a forecast", async () => {
  const { page, open, complaints } = await browser.signedIn();
  await open(`/query?expression=${encodeURIComponent('subject.sex == "F"')}`, "Query");
  await page.getByLabel("Name", { exact: true }).fill("console-women");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved as console-women").waitFor();
  await page.getByRole("link", { name: "console-women" }).click();
  const pin = `v${Date.now()}`;
  await page.getByLabel("New pin").fill(pin);
  await page.getByRole("button", { name: "Pin what it finds now" }).click();
  await page.getByText(`console-women@${pin}`).waitFor();
  await page.getByLabel(/^From/).fill(`console-women@${pin}`);
  await page.getByLabel("To", { exact: true }).fill("true");
  await page.getByRole("button", { name: "Compare" }).click();
  await page.getByText(/[1-9]\d* came, 0 went/).waitFor();
  await page.getByLabel("Analysis", { exact: true }).selectOption("brain-mask");
  await page.getByText("are in place").waitFor();
  await page.getByRole("button", { name: "Run it" }).click();
  await page.getByText("has begun").waitFor();
  expect(complaints).toEqual([]);
});
