import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sendRequest } from "./send-request.ts";

const server = createServer((request, response) => void answer(request, response));

const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  if (request.url === "/moved") return void response.writeHead(307, { location: "/here" }).end();
  if (request.url === "/never") return;
  if (request.url === "/cut") {
    response.writeHead(200, { "content-length": "10" });
    response.write("half", () => response.destroy());
    return;
  }
  const parts: string[] = [];
  for await (const part of request) parts.push(String(part));
  response.statusCode = request.url === "/wrong" ? 404 : 200;
  response.end(`${request.method} ${request.url} ${request.headers.authorization ?? "-"} ${parts.join("")}`);
};

const at = (path: string): URL => {
  const address = server.address();
  return new URL(path, `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
};

const soon = () => AbortSignal.timeout(10_000);

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterAll(() => server.closeAllConnections());

test("a request has its method, headers and body, and its answer status and text", async () => {
  const headers = { authorization: "Bearer t" };
  const answered = await sendRequest(at("/here?a=1"), { method: "POST", headers, body: "ünï", signal: soon() });
  expect([answered.ok, answered.status, await answered.text()]).toEqual([true, 200, "POST /here?a=1 Bearer t ünï"]);
  const wrong = await sendRequest(at("/wrong"), { method: "GET", headers: {}, signal: soon() });
  expect([wrong.ok, wrong.status, wrong.statusText]).toEqual([false, 404, "Not Found"]);
  expect(wrong.url).toBe(at("/wrong").href);
});

test("a redirection is followed", async () => {
  const moved = await sendRequest(at("/moved"), { method: "POST", headers: {}, body: "x", signal: soon() });
  expect(await moved.text()).toBe("POST /here - x");
});

test("what is not answered in time, and what breaks, are the errors that fetch has", async () => {
  const never = sendRequest(at("/never"), { method: "GET", headers: {}, signal: AbortSignal.timeout(50) });
  await expect(never).rejects.toMatchObject({ name: "TimeoutError" });
  const cut = await sendRequest(at("/cut"), { method: "GET", headers: {}, signal: soon() });
  await expect(cut.text()).rejects.toMatchObject({ name: "TypeError" });
  const closed = sendRequest(new URL("http://127.0.0.1:1"), { method: "GET", headers: {}, signal: soon() });
  await expect(closed).rejects.toMatchObject({ name: "TypeError" });
});
