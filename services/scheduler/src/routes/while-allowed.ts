import { PassThrough, type Readable } from "node:stream";

/**
 * Passes a stream on for as long as its reader may have it, which is asked every `intervalMs`; where nobody can say, it ends, too. It ends
 * as if the source had, so that the reader asks what became of it.
 */
export const whileAllowed = (source: Readable, mayRead: () => Promise<boolean>, intervalMs: number): Readable => {
  const shown = new PassThrough();
  const timer = setInterval(async () => {
    if (await mayRead().catch(() => false)) return;
    source.unpipe(shown);
    shown.end();
  }, intervalMs);
  // A source that breaks before anybody reads must not end the process: who reads later finds a stream that is destroyed.
  shown.on("error", () => undefined);
  source.on("error", (error) => shown.destroy(error));
  shown.once("close", () => {
    clearInterval(timer);
    source.destroy();
  });
  return source.pipe(shown);
};
