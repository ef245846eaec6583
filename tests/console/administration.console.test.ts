import { accountsRoutes, createHttpClient } from "@rollerblade/client";
import { afterAll, expect, inject, test } from "vitest";
import { startBrowser } from "./browser.ts";

const browser = await startBrowser();
afterAll(() => browser.close());

test("operations show services, dead letters, and events within a second of what happens", async () => {
  const { page, open, complaints, violations } = await browser.signedIn();
  await open("/operations", "Operations");
  await page.getByRole("rowheader", { name: "scheduler", exact: true }).waitFor();
  await page.getByText("Every event was handled.").waitFor();
  expect(await violations()).toEqual([]);
  const name = `event-${Date.now()}`;
  await browser.client.call(accountsRoutes.createUser, { body: { name } });
  const resource = { kind: "dataset", resource: "colin-mini", grantee: name } as const;
  await browser.client.call(accountsRoutes.giveGrant, { params: resource, body: { role: "viewer" } });
  await page.getByRole("region", { name: "Events as they happen" }).getByText("grant.changed").first().waitFor();
  expect(complaints).toEqual([]);
});

test("a dataset is shared with somebody, who then reads exactly that, until it is revoked", async () => {
  const name = `guest-${Date.now()}`;
  const { url } = inject("server");
  await browser.client.call(accountsRoutes.createUser, { body: { name } });
  const { token } = await browser.client.call(accountsRoutes.createToken, { body: { user: name, label: "test" } });
  const guest = createHttpClient({ url, token });
  const readable = async () =>
    (await guest.call(accountsRoutes.listResources, { query: { kind: "dataset" } })).items.map((one) => one.name);
  const { page, open, complaints, violations } = await browser.signedIn();
  await open("/access", "Access");
  await page.getByRole("button", { name: "colin-mini", exact: true }).click();
  await page.getByLabel("With").fill(name);
  await page.getByRole("button", { name: "Share", exact: true }).click();
  const grant = page.getByRole("listitem").filter({ hasText: `${name}: viewer` });
  await grant.waitFor();
  expect(await readable()).toEqual(["colin-mini"]);
  expect(await violations()).toEqual([]);
  await grant.getByRole("button", { name: "Revoke" }).click();
  await grant.getByRole("group").getByRole("button", { name: "Revoke" }).click();
  await grant.waitFor({ state: "detached" });
  expect(await readable()).toEqual([]);
  expect(complaints).toEqual([]);
});

test.each([
  ["groups", "Groups"],
  ["tokens", "Your tokens and sessions"],
  ["people", "People"],
  ["audit", "Audit"],
])("the part %s of access opens without a complaint", async (part, heading) => {
  const { page, open, complaints, violations } = await browser.signedIn();
  await open(`/access?part=${part}`, "Access");
  await page.getByRole("heading", { name: heading, level: 2 }).waitFor();
  expect(await violations()).toEqual([]);
  expect(complaints).toEqual([]);
});
