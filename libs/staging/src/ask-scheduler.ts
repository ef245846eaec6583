import type { StagingEnvironment } from "./environment.ts";
import { send, textOf, tokenHeaders } from "./http.ts";
import { retryFor } from "./retry.ts";

/** Asks the scheduler as this Pod. @throws Refused when it may not, or nobody answered for too long */
export const askScheduler = <T>(
  environment: StagingEnvironment,
  path: string,
  body: unknown,
  seconds = environment.retrySeconds,
): Promise<T> =>
  retryFor(seconds, async () => {
    const text = JSON.stringify(body);
    const headers = {
      ...(await tokenHeaders(environment)),
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
    };
    const answer = await textOf(await send(`${environment.url}${path}`, { method: "POST", headers, body: text }));
    return answer === "" ? undefined : JSON.parse(answer);
  });
