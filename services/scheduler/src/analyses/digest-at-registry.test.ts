import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { afterEach, expect, test } from "vitest";
import { requirePullable, resolveAtRegistry } from "./digest-at-registry.ts";

const digest = `sha256:${"a".repeat(64)}`;
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

type Request = { readonly line: string; readonly authorization: string | undefined };

/** A server on the loopback address, with what it was asked. */
const serve = async (answer: (request: IncomingMessage, response: ServerResponse) => void) => {
  const requests: Request[] = [];
  const server = createServer((request, response) => {
    requests.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization });
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(() => server.close());
  const address = server.address();
  return { requests, host: `127.0.0.1:${typeof address === "object" ? address?.port : ""}` };
};

const rulesFor = (...hosts: string[]) => ({ registries: [], privateRegistries: hosts.map((host) => `http://${host}`) });
const challenge = (realm: string) => ({ "www-authenticate": `Bearer realm="${realm}",service="s"` });

test("a registry that names a realm inside is not believed, and gets nothing from there", async () => {
  const inside = await serve((_, response) => response.end(JSON.stringify({ access_token: "INTERNAL-SECRET" })));
  const registry = await serve((_, response) =>
    response.writeHead(401, challenge(`http://${inside.host}/latest/meta-data/iam?x=1`)).end(),
  );
  const asked = resolveAtRegistry(`${registry.host}/x/y:1`, rulesFor(registry.host));
  await expect(asked).rejects.toMatchObject({ code: "invalid" });
  expect(inside.requests).toEqual([]);
  expect(registry.requests).toEqual([{ line: "HEAD /v2/x/y/manifests/1", authorization: undefined }]);
});

test("its own realm is asked, and its token is shown to it", async () => {
  const registry = await serve(({ url = "", headers }, response) => {
    if (url.startsWith("/token")) return response.end(JSON.stringify({ token: "of-anybody" }));
    if (headers.authorization === undefined)
      return response.writeHead(401, challenge(`http://${registry.host}/token`)).end();
    response.writeHead(200, { "docker-content-digest": digest }).end();
  });
  const resolved = await resolveAtRegistry(`${registry.host}/x/y:1`, rulesFor(registry.host));
  expect(resolved).toEqual({ reference: `${registry.host}/x/y@${digest}`, code: `image:${digest}` });
  expect(registry.requests.at(-1)?.authorization).toBe("Bearer of-anybody");
});

test.each([
  "127.0.0.1:1",
  "localhost:1",
  "169.254.169.254",
  "[::1]:1",
  "10.0.0.1",
  "[::ffff:127.0.0.1]:1",
  "0.0.0.0:1",
])("%s is refused unless the settings name it, by a cluster and by Docker", async (host) => {
  const refusal = { code: "invalid", message: expect.stringContaining("has no public address") };
  await expect(resolveAtRegistry(`${host}/x/y:1`, rulesFor())).rejects.toMatchObject(refusal);
  await expect(requirePullable(`${host}/x/y:1`, rulesFor())).rejects.toMatchObject(refusal);
  await expect(
    requirePullable(`${host}/x/y:1`, rulesFor(host, new URL(`http://${host}`).host)),
  ).resolves.toBeUndefined();
});

test("a redirect leads nowhere inside, loses the token at another host, and ends", async () => {
  const inside = await serve((_, response) => response.writeHead(200, { "docker-content-digest": digest }).end());
  const away = await serve((_, response) => response.writeHead(307, { location: `http://${inside.host}/` }).end());
  const name = `${away.host}/x/y:1`;
  await expect(resolveAtRegistry(name, rulesFor(away.host))).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringMatching(/without TLS|no public address/),
  });
  expect(inside.requests).toEqual([]);

  const withToken = await serve(({ url = "", headers }, response) => {
    if (url.startsWith("/token")) return response.end(JSON.stringify({ token: "secret" }));
    if (headers.authorization === undefined)
      return response.writeHead(401, challenge(`http://${withToken.host}/token`)).end();
    response.writeHead(307, { location: `http://${inside.host}/there` }).end();
  });
  await resolveAtRegistry(`${withToken.host}/x/y:1`, rulesFor(withToken.host, inside.host));
  expect(inside.requests).toEqual([{ line: "HEAD /there", authorization: undefined }]);

  const round = await serve(({ url }, response) => response.writeHead(302, { location: url }).end());
  await expect(resolveAtRegistry(`${round.host}/x/y:1`, rulesFor(round.host))).rejects.toThrow("more than 3 times");
});

test("an answer without end is not read to its end", async () => {
  const registry = await serve(({ url = "" }, response) => {
    if (!url.startsWith("/token")) return response.writeHead(401, challenge(`http://${registry.host}/token`)).end();
    response.writeHead(200);
    const write = () => {
      while (!response.destroyed && response.write("x".repeat(16_384)));
      response.once("drain", write);
    };
    write();
  });
  await expect(resolveAtRegistry(`${registry.host}/x/y:1`, rulesFor(registry.host))).rejects.toThrow("65536 bytes");
});
