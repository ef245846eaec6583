import { readFile } from "node:fs/promises";
import type { StagingEnvironment } from "./environment.ts";
import { send, textOf } from "./http.ts";
import { retryFor } from "./retry.ts";

/** Asks the scheduler as this Pod. @throws Refused when it may not, or nobody answered for too long */
export const askScheduler = <T>(
  { url, tokenFile, retrySeconds }: StagingEnvironment,
  path: string,
  body: unknown,
  seconds = retrySeconds,
): Promise<T> =>
  retryFor(seconds, async () => {
    const token = (await readFile(tokenFile, "utf8")).trim();
    const text = JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
    };
    const answer = await textOf(await send(`${url}${path}`, { method: "POST", headers, body: text }));
    return answer === "" ? undefined : JSON.parse(answer);
  });
