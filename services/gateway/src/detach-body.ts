import { PassThrough, type Readable } from "node:stream";

/**
 * The body of a request as a stream of its own. When a service answers before it has read everything, the client of that service destroys the
 * stream; the body of the request itself would take its connection along, on which the answer is still on its way and the next request may be
 * already. The rest is thrown away instead; `limitBodies` ends one that goes on for too long. A sender that goes away while nobody reads yet, as
 * while rights are asked, harms nobody: who reads later finds a stream that is destroyed.
 */
export const detachBody = (body: Readable): Readable => {
  const detached = new PassThrough();
  detached.on("error", () => undefined);
  body.on("error", (error) => detached.destroy(error));
  detached.once("close", () => {
    body.unpipe(detached);
    body.resume();
  });
  return body.pipe(detached);
};
