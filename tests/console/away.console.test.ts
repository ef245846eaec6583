import type { Page, Route } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { startBrowser } from "./browser.ts";

const browser = await startBrowser();
afterAll(() => browser.close());

/** What the gateway answers for a service that is away. */
const unavailable = (route: Route): Promise<void> =>
  route.fulfill({
    status: 503,
    contentType: "application/problem+json",
    body: JSON.stringify({
      type: "/problems/unavailable",
      title: "Unavailable",
      status: 503,
      code: "unavailable",
      detail: "The service catalog does not answer.",
    }),
  });

/** Has requests of some addresses answered otherwise until the returned function is called. */
const disturb = async (page: Page, address: RegExp, answer: (route: Route) => Promise<void>) => {
  await page.route(address, answer);
  return () => page.unroute(address, answer);
};

/** What a browser notes of a request that failed is what was done to it. */
const isOfRequest = (complaint: string): boolean => /Failed to load resource|ERR_FAILED|status of 503/.test(complaint);

test("while a service is away, a page says so, keeps what it has read, and goes on by itself", async () => {
  const { page, open, complaints } = await browser.signedIn();
  await open("/datasets", "Datasets");
  await page.getByRole("link", { name: "colin-mini", exact: true }).waitFor();
  const heal = await disturb(page, /\/v1\/datasets/, unavailable);
  await page.getByRole("link", { name: "colin-mini", exact: true }).click();
  const note = page.getByText("this page goes on by itself");
  await note.first().waitFor();
  // Other services answer, and so do other pages.
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Runs" }).click();
  await page.getByRole("heading", { name: "Runs", level: 1 }).waitFor();
  await page.goBack();
  await note.first().waitFor();
  await heal();
  await page.getByRole("heading", { name: "colin-mini", level: 1 }).waitFor();
  await page.getByText("Scans by datatype").waitFor();
  await expect.poll(() => note.count()).toBe(0);
  expect(complaints.filter((one) => !isOfRequest(one))).toEqual([]);
});

test("while nobody answers, the sign above says so, and events come in again behind those that were missed", async () => {
  const { page, open, complaints } = await browser.signedIn();
  await open("/", "Home");
  await page.getByText(/Live$/).waitFor();
  const heal = await disturb(page, /\/v1\//, (route) => route.abort());
  await page.evaluate("location.reload()");
  await page
    .getByText(/No server answers/)
    .first()
    .waitFor();
  await heal();
  await page.getByRole("heading", { name: "Home", level: 1 }).waitFor();
  await page.getByText(/Live$/).waitFor();
  expect(complaints.filter((one) => !isOfRequest(one))).toEqual([]);
});
