import { join } from "node:path";
import { accountsRoutes, createHttpClient, gatewayRoutes, type HttpClient } from "@rollerblade/client";
import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { inject, onTestFinished } from "vitest";

/** Programs that Debian and macOS have; another one is named by CHROMIUM. */
const executablePath =
  process.env.CHROMIUM ??
  (process.platform === "darwin"
    ? "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    : "/usr/bin/chromium");

/** A browser in which the console is used as a person would. Each page is closed with the test that opened it. */
export type ConsoleBrowser = {
  /** The API as the administrator of the server. */
  readonly client: HttpClient;
  /** A page of a window of its own in which the administrator has signed in by a link. */
  signedIn(): Promise<ConsolePage>;
  /** A page of somebody new, who may see nothing yet, and has signed in with a password. */
  newColleague(name: string): Promise<ConsolePage>;
  /** A page of a window in which nobody has signed in. */
  stranger(): Promise<ConsolePage>;
  close(): Promise<void>;
};

/** A page, and everything that its browser has complained of. */
export type ConsolePage = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings of the browser's console, exceptions that nobody caught, and requests that failed. */
  readonly complaints: string[];
  /** Goes to an address of the console, and waits until its heading is there. */
  open(path: string, heading: string | RegExp): Promise<void>;
  /** What axe finds against WCAG 2.2 AA, one line a rule and place. */
  violations(): Promise<string[]>;
};

/** Starts Chromium. SwiftShader stands for the graphics card, and draws the same bytes on each machine. */
export const startBrowser = async (): Promise<ConsoleBrowser> => {
  const { url, token } = inject("server");
  const client = createHttpClient({ url, token });
  const browser = await chromium.launch({
    executablePath,
    args: [
      "--enable-unsafe-swiftshader",
      "--force-color-profile=srgb",
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ],
  });
  return {
    client,
    stranger: () => newPage(browser, url),
    newColleague: async (name) => {
      // A server that is used again knows them from last time.
      await client.call(accountsRoutes.createUser, { body: { name } }).catch(() => undefined);
      const { secret } = await client.call(accountsRoutes.resetPassword, { params: { name } });
      const opened = await newPage(browser, url);
      await opened.page.goto("/sign-in");
      await opened.page.getByLabel("Name", { exact: true }).fill(name);
      await opened.page.getByLabel(/I have a one-time secret/).check();
      await opened.page.getByLabel(/^One-time secret/).fill(secret);
      await opened.page.getByLabel("New password").fill(`a long password of ${name}`);
      await opened.page.getByRole("button", { name: "Sign in" }).click();
      await opened.page.getByRole("heading", { name: "Home", exact: true }).waitFor();
      return opened;
    },
    signedIn: async () => {
      const opened = await newPage(browser, url);
      const link = await client.call(gatewayRoutes.createSignInLink, {});
      await opened.page.goto(link.url);
      await opened.page.getByRole("heading", { name: "Home", exact: true }).waitFor();
      return opened;
    },
    close: () => browser.close(),
  };
};

const newPage = async (browser: Browser, url: string): Promise<ConsolePage> => {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: 1280, height: 900 },
    reducedMotion: "reduce",
    colorScheme: "light",
    locale: "en-GB",
    timezoneId: "UTC",
  });
  // A wait ends with what it waits for; on a machine with a load of ten, runs of analyses take a minute.
  context.setDefaultTimeout(100_000);
  const page = await context.newPage();
  onTestFinished(async ({ task }) => {
    // What a person would look at first; Git ignores it.
    const path = join(import.meta.dirname, "golden", `${task.id}-${Date.now()}.seen.png`);
    if (task.result?.state === "fail") await page.screenshot({ path }).catch(() => undefined);
    await context.close();
  });
  const complaints: string[] = [];
  page.on("console", (message) => {
    // The driver of the software renderer remarks on each picture that is taken of its canvas.
    const isOfDriver = message.text().includes("GPU stall due to ReadPixels");
    if (["error", "warning"].includes(message.type()) && !isOfDriver)
      complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => void complaints.push(`exception: ${error.message}`));
  return {
    page,
    context,
    complaints,
    open: async (path, heading) => {
      await page.goto(path);
      await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
    },
    violations: async () => {
      // The debugger's scripts are not bound by the policy of the page.
      await page.evaluate(axe.source);
      return axeLines(page);
    },
  };
};

const axeLines = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(`
    window.axe
      .run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
      .then(({ violations }) =>
        violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => id + ": " + help + " (" + target.join(" ") + ")")))`);
