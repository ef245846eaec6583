import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { detachBody } from "./detach-body.ts";

test("passes a body on", async () => {
  const body = new PassThrough();
  body.end("a body");
  expect((await buffer(detachBody(body))).toString()).toBe("a body");
});

test("a body that nobody wants any more is read to its end, and not destroyed", async () => {
  const body = new PassThrough();
  const detached = detachBody(body);
  body.write("begin");
  detached.destroy(new Error("answered already"));
  detached.on("error", () => undefined);
  await turn();
  const ended = new Promise((resolve) => body.once("end", resolve));
  for (let part = 0; part < 100; part += 1) body.write("x".repeat(10_000));
  body.end();
  await ended;
  expect(body.errored).toBeNull();
});

test("a sender that goes away ends what is passed on", async () => {
  const body = new PassThrough();
  const detached = detachBody(body);
  body.destroy(new Error("reset"));
  await expect(buffer(detached)).rejects.toThrow("reset");
});

test("a sender that goes away before anybody reads stops nothing else", async () => {
  const body = new PassThrough();
  const detached = detachBody(body);
  body.destroy(new Error("reset"));
  await turn();
  expect(detached.errored?.message).toBe("reset");
  await expect(buffer(detached)).rejects.toThrow();
});
