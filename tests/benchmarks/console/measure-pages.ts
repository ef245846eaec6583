import { accountsRoutes, gatewayRoutes } from "@rollerblade/client";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { timed } from "../queries/measure.ts";
import type { LargeWorld, MeasuredPage } from "./large-world.ts";

type Server = Pick<LargeWorld, "url" | "client">;

/** A window in which the administrator is signed in. */
const signedIn = async (
  browser: Browser,
  { url, client }: Server,
): Promise<{ context: BrowserContext; page: Page }> => {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const link = await client.call(gatewayRoutes.createSignInLink, {});
  await page.goto(link.url);
  await page.getByRole("heading", { name: "Home", exact: true }).waitFor();
  return { context, page };
};

/** Goes to an address as a link of the console does. */
const goWithin = (page: Page, path: string): Promise<void> =>
  page.evaluate(`history.pushState(null, "", ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent("popstate"))`);

/** Milliseconds until the first rows of a page stand there: opened at its address, and gone to from another page. */
export const firstRows = async (
  browser: Browser,
  server: Server,
  { path, text, warmPath }: Omit<MeasuredPage, "name">,
): Promise<{ cold: number; warm: number; largestAnswerBytes: number }> => {
  const { context, page } = await signedIn(browser, server);
  let largestAnswerBytes = 0;
  page.on("response", async (response) => {
    if (!response.url().includes("/v1/") || response.url().includes("/v1/events")) return;
    const body = await response.body().catch(() => Buffer.alloc(0));
    largestAnswerBytes = Math.max(largestAnswerBytes, body.length);
  });
  const rows = (): Promise<void> => page.getByRole("table").getByText(text, { exact: false }).first().waitFor();
  const cold = await timed(async () => {
    await page.goto(path);
    await rows();
  });
  await page.goto(warmPath);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForTimeout(1_000);
  const warm = await timed(async () => {
    await goWithin(page, path);
    await rows();
  });
  await context.close();
  return { cold, warm, largestAnswerBytes };
};

/** Milliseconds of each frame while the table of slices is scrolled. */
export const framesWhileScrolling = async (browser: Browser, server: Server, path: string): Promise<number[]> => {
  const { context, page } = await signedIn(browser, server);
  await page.goto(path);
  await page.getByRole("table", { name: "Slices" }).getByRole("row").nth(20).waitFor();
  const frames = await page.evaluate<number[]>(`new Promise((resolve) => {
    const table = document.querySelector('[role=table][aria-label=Slices]');
    const frames = [];
    let last = performance.now();
    const step = (now) => {
      frames.push(now - last);
      last = now;
      table.scrollTop += 120;
      if (frames.length < 240) requestAnimationFrame(step);
      else resolve(frames.slice(1));
    };
    requestAnimationFrame(step);
  })`);
  await context.close();
  return frames;
};

/** Milliseconds from a request that causes an event until the event stands on the page, several times. */
export const eventsToPixels = async (browser: Browser, server: Server, rounds: number): Promise<number[]> => {
  const { context, page } = await signedIn(browser, server);
  await page.goto("/operations");
  await page.getByText(/Live$/).waitFor();
  const tail = page.getByRole("region", { name: "Events as they happen" }).getByRole("listitem");
  const delays: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const name = `bench-${Date.now()}`;
    const before = await tail.count();
    await server.client.call(accountsRoutes.createUser, { body: { name } });
    const params = { kind: "dataset", resource: "colin-mini", grantee: name } as const;
    delays.push(
      await timed(async () => {
        await server.client.call(accountsRoutes.giveGrant, { params, body: { role: "viewer" } });
        await tail.nth(before).waitFor();
      }),
    );
    await page.waitForTimeout(600);
  }
  await context.close();
  return delays;
};

const metric = async (page: Page, name: string): Promise<number> => {
  const debug = await page.context().newCDPSession(page);
  await debug.send("Performance.enable");
  if (name === "JSHeapUsedSize") await debug.send("HeapProfiler.collectGarbage");
  const { metrics } = await debug.send("Performance.getMetrics");
  await debug.detach();
  return metrics.find((one) => one.name === name)?.value ?? Number.NaN;
};

/** Milliseconds for which an idle page is watched. */
const idleMs = 20_000;

/** Which share of a processor a page takes while nothing happens. */
export const idleShare = async (browser: Browser, server: Server, path: string): Promise<number> => {
  const { context, page } = await signedIn(browser, server);
  await page.goto(path);
  await page.getByRole("table", { name: "Slices" }).getByRole("row").nth(5).waitFor();
  await page.waitForTimeout(3_000);
  const before = await metric(page, "TaskDuration");
  await page.waitForTimeout(idleMs);
  const share = ((await metric(page, "TaskDuration")) - before) / (idleMs / 1000);
  await context.close();
  return share;
};

/** Events of an hour in which something happens each second. */
const eventsOfAnHour = 3_600;

/** Megabytes of the page's heap early and late in an hour of events that come as fast as the server makes them. */
export const liveMemory = async (
  browser: Browser,
  server: Server,
): Promise<{ firstMegabytes: number; lastMegabytes: number }> => {
  const { context, page } = await signedIn(browser, server);
  await page.goto("/operations");
  await page.getByText(/Live$/).waitFor();
  const name = `bench-live-${Date.now()}`;
  await server.client.call(accountsRoutes.createUser, { body: { name } });
  const params = { kind: "dataset", resource: "colin-mini", grantee: name } as const;
  const roles = ["viewer", "runner"] as const;
  const heap = async (): Promise<number> => Number(((await metric(page, "JSHeapUsedSize")) / 1e6).toFixed(1));
  let firstMegabytes = Number.NaN;
  for (let at = 0; at < eventsOfAnHour; at += 1) {
    await server.client.call(accountsRoutes.giveGrant, { params, body: { role: roles[at % 2] ?? "viewer" } });
    if (at === eventsOfAnHour / 10) firstMegabytes = await heap();
  }
  await page.waitForTimeout(2_000);
  const lastMegabytes = await heap();
  await context.close();
  return { firstMegabytes, lastMegabytes };
};

/** Milliseconds until a large image is drawn: opened at its address, and again within the console once the viewer is there. */
export const brainInView = async (browser: Browser, server: Server): Promise<{ cold: number; warm: number }> => {
  const { context, page } = await signedIn(browser, server);
  const path = `/datasets/brain/subjects/01?scan=${encodeURIComponent("sub-01/anat/sub-01_T1w.nii.gz")}`;
  const shown = () => page.locator('.viewer[data-state="shown"]').waitFor({ timeout: 60_000 });
  const cold = await timed(async () => {
    await page.goto(path);
    await shown();
  });
  await page.getByRole("button", { name: "Close" }).click();
  const warm = await timed(async () => {
    await page.getByRole("button", { name: /T1w/ }).first().click();
    await shown();
  });
  await context.close();
  return { cold, warm };
};

const addresses = {
  home: "/",
  datasets: "/datasets",
  dataset: "/datasets/colin-mini",
  subject: "/datasets/colin-mini/subjects/03",
  query: "/query",
  analysis: "/analyses/brain-mask",
  runs: "/runs",
  results: "/results?dataset=colin-mini",
  quality: "/quality?dataset=colin-mini",
  operations: "/operations",
  access: "/access",
} as const;

/** Milliseconds until the largest paint of each page (Largest Contentful Paint): in a new window, and once more in the same one. */
export const largestPaints = async (
  browser: Browser,
  server: Server,
): Promise<Record<string, { cold: number; warm: number }>> => {
  const found: Record<string, { cold: number; warm: number }> = {};
  for (const [name, path] of Object.entries(addresses)) {
    const { context } = await signedIn(browser, server);
    const state = await context.storageState();
    await context.close();
    const fresh = await browser.newContext({
      baseURL: server.url,
      storageState: state,
      viewport: { width: 1280, height: 900 },
    });
    const paint = async (): Promise<number> => {
      const one = await fresh.newPage();
      await one.addInitScript(
        `new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.largest = entry.startTime; })
          .observe({ type: "largest-contentful-paint", buffered: true })`,
      );
      await one.goto(path);
      await one.getByRole("heading", { level: 1 }).waitFor();
      await one.waitForTimeout(2_500);
      const largest = await one.evaluate<number>("window.largest ?? NaN");
      await one.close();
      return Math.round(largest);
    };
    found[name] = { cold: await paint(), warm: await paint() };
    await fresh.close();
  }
  return found;
};
