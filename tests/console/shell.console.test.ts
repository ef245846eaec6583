import { afterAll, expect, test } from "vitest";
import { startBrowser } from "./browser.ts";

const browser = await startBrowser();
afterAll(() => browser.close());

test("a link signs in once: it leads home, its code is in no address, and a second use is refused", async () => {
  const { page, complaints } = await browser.signedIn();
  expect(new URL(page.url()).hash).toBe("");
  expect(complaints).toEqual([]);
  const { gatewayRoutes } = await import("@rollerblade/client");
  const { url } = await browser.client.call(gatewayRoutes.createSignInLink, {});
  const first = await browser.stranger();
  await first.page.goto(url);
  await first.page.getByRole("heading", { name: "Home", exact: true }).waitFor();
  const second = await browser.stranger();
  await second.page.goto(url);
  await second.page.getByRole("alert").waitFor();
  expect(await second.page.getByRole("alert").textContent()).toContain("finished already");
});

test("who is not signed in is asked to, and then led to where they wanted to go", async () => {
  const { page, complaints, violations } = await browser.stranger();
  await page.goto("/datasets");
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  expect(new URL(page.url()).searchParams.get("next")).toBe("/datasets");
  expect(await violations()).toEqual([]);
  expect(complaints).toEqual([]);
});

test("the pages are reached by the navigation alone, with the keyboard, and by their addresses", async () => {
  const { page, open, complaints } = await browser.signedIn();
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
  await page.getByRole("link", { name: "Datasets", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Datasets", level: 1 }).waitFor();
  await page.getByRole("link", { name: "colin-mini" }).waitFor();
  await open("/nowhere", "There is nothing here");
  expect(complaints).toEqual([]);
});

test("the search finds by names, and goes there with the keyboard", async () => {
  const { page, complaints } = await browser.signedIn();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("colin");
  await page.getByRole("option", { name: /colin-mini/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/datasets/colin-mini");
  expect(complaints).toEqual([]);
});

test("the page obeys a policy without unsafe scripts, and loads nothing from elsewhere", async () => {
  const { page, context } = await browser.signedIn();
  const hosts = new Set<string>();
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  const response = await page.goto("/");
  await page.getByRole("heading", { name: "Home" }).waitFor();
  const policy = response?.headers()["content-security-policy"] ?? "";
  expect(policy).toContain("script-src 'self';");
  expect(policy).not.toMatch(/script-src[^;]*unsafe/);
  expect([...hosts]).toEqual([new URL(page.url()).host]);
  expect(await context.cookies()).toMatchObject([{ httpOnly: true, sameSite: "Lax" }]);
});

test("signing out ends the session and forgets what was shown", async () => {
  const { page } = await browser.signedIn();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await page.goto("/datasets");
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  expect(await page.getByText("colin-mini").count()).toBe(0);
});
