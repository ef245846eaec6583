import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Page, Request } from "playwright-core";
import { z } from "zod";

const answer = z.object({ status: z.int(), type: z.string(), body: z.string(), isBinary: z.boolean() });

/** A page as it was looked at once: its address, and what the API had answered. */
const recording = z.object({ path: z.string(), answers: z.record(z.string(), answer) });
export type Recording = z.output<typeof recording>;

const fileOf = (name: string): string => join(import.meta.dirname, "golden", `${name}.json.gz`);

/** What is asked of the server itself: who is signed in, links that expire, and the stream that does not end. */
const isLive = (path: string): boolean => /^\/v1\/(events|files\/link|sign-in|me)\b/.test(path);

const keyOf = (request: Request): string => {
  const { pathname, search } = new URL(request.url());
  return `${request.method()} ${pathname}${search} ${request.postData() ?? ""}`;
};

/** Remembers what the API answers to a page from now on. @returns writes it down under a name, with the address that the page has then */
export const recordAnswers = (page: Page): ((name: string) => Promise<void>) => {
  const answers = new Map<string, Promise<z.output<typeof answer> | null>>();
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (!pathname.startsWith("/v1/") || isLive(pathname)) return;
    const type = response.headers()["content-type"] ?? "";
    const isBinary = !/json|text/.test(type);
    const read = response.body().then((body) => ({
      ...{ status: response.status(), type, isBinary },
      // Links with a signature are worth nothing later.
      body: isBinary ? body.toString("base64") : body.toString().replace(/"url":"[^"]*"/g, '"url":"/objects/file"'),
    }));
    answers.set(
      keyOf(response.request()),
      read.catch(() => null),
    );
  });
  return async (name) => {
    const read = await Promise.all([...answers].map(async ([key, body]) => [key, await body] as const));
    const { pathname, search } = new URL(page.url());
    const known = read.flatMap(([key, body]) => (body === null ? [] : [[key, body] as const]));
    const text = JSON.stringify({ path: `${pathname}${search}`, answers: Object.fromEntries(known) });
    writeFileSync(fileOf(name), gzipSync(text, { level: 9 }));
  };
};

/** What was recorded under a name. @throws where nothing was */
export const readRecording = (name: string): Recording => {
  if (!existsSync(fileOf(name))) throw new Error(`Nothing is recorded of ${name}: run the test with UPDATE_GOLDEN=1.`);
  return recording.parse(JSON.parse(gunzipSync(readFileSync(fileOf(name))).toString()));
};

/** Answers a page with what was recorded. What was not asked then is not answered, and told. */
export const replayAnswers = async (page: Page, { answers }: Recording): Promise<{ readonly unknown: string[] }> => {
  const unknown: string[] = [];
  await page.route(/\/v1\//, async (route) => {
    const request = route.request();
    const url = new URL(request.url());
    // What others do on the server meanwhile is no part of the picture: the stream is open, and brings what hardly ever happens.
    if (url.pathname === "/v1/events")
      return route.continue({ url: `${url.origin}/v1/events?topics=pipeline.rejected` });
    if (isLive(url.pathname)) return route.continue();
    const known = answers[keyOf(request)];
    if (known === undefined) {
      unknown.push(keyOf(request));
      return route.abort();
    }
    return route.fulfill({
      status: known.status,
      contentType: known.type,
      body: Buffer.from(known.body, known.isBinary ? "base64" : "utf8"),
    });
  });
  return { unknown };
};
