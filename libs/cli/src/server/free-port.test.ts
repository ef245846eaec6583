import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { isPortTaken, listenProblem, requirePort } from "./free-port.ts";

test("a free port is found, and the one that was asked for is given", async () => {
  const port = await requirePort("127.0.0.1", 0);
  expect(port).toBeGreaterThan(0);
  expect(await requirePort("127.0.0.1", port)).toBe(port);
});

test("a port that somebody listens on is named, with a way out", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await expect(requirePort("127.0.0.1", port)).rejects.toMatchObject({
    code: "conflict",
    message: `Another program listens at 127.0.0.1:${port}.`,
    next: expect.stringContaining("--port"),
  });
  other.close();
});

test("an address of another machine is not taken for a port that is busy", async () => {
  // 192.0.2.0/24 belongs to nobody (RFC 5737).
  await expect(requirePort("192.0.2.1", 0)).rejects.toMatchObject({
    code: "invalid",
    message: "192.0.2.1 is not an address of this machine.",
  });
});

test("a port that was taken after it was found free is told like one that was taken before", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const [late] = await once(createServer().listen(port, "127.0.0.1"), "error");
  other.close();
  const problem = listenProblem(late, "127.0.0.1", port);
  expect(problem).toMatchObject({ code: "conflict", message: `Another program listens at 127.0.0.1:${port}.` });
  expect([isPortTaken(problem), isPortTaken(late), isPortTaken(new Error("other"))]).toEqual([true, true, false]);
});
