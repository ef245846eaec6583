import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Attacks a server for some time, in a process of its own, whose event loop is not the server's: the arguments are its address, a token, the name
 * of the attack and milliseconds. Prints how many requests it made.
 */
const [url = "", token = "", name = "", forMs = "0"] = process.argv.slice(2);

/** Requests at once. */
const atOnce = 16;

const send = async (path: string, body?: unknown, as = token): Promise<void> => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await fetch(`${url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${as}`, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: text }),
    signal: AbortSignal.timeout(30_000),
  }).catch(() => undefined);
  await answer?.arrayBuffer().catch(() => undefined);
};

const manifest = (parameters: object): string =>
  JSON.stringify({
    ...{ name: `a${Math.random().toString(36).slice(2, 12)}`, version: "1.0.0", level: "scan", parameters },
    image: `registry.example.org/x@sha256:${"0".repeat(64)}`,
    inputs: { t1w: { suffix: "T1w", extension: ".nii.gz" } },
    outputs: { mask: { name: "{entities}_desc-brain_mask.nii.gz" } },
  });

const pattern = { type: "object", properties: { a: { type: "string", pattern: "^(a+)+$" } } };
const wide = {
  properties: Object.fromEntries(
    Array.from({ length: 600 }, (_, at) => [`p${at}`, { type: "string", pattern: `^a{${at % 50}}$` }]),
  ),
};
const repeated = {
  properties: Object.fromEntries(
    Array.from({ length: 600 }, (_, at) => [`p${at}`, { type: "string", pattern: `^(a{1,999}){1}[a-z]{${at}}$` }]),
  ),
};
const nested = "metadata.x.exists(a, metadata.x.exists(b, metadata.x.exists(c, a + b + c < 0.0)))";
const twice = "metadata.x.exists(a, metadata.x.exists(b, a + b < 0.0))";

/** Nine lists, each of nine times the one before: 3.8 million words when they are written out. */
const laughs = ["l0: &l0 x"]
  .concat(Array.from({ length: 7 }, (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at}, `.repeat(9)}]`))
  .join("\n");

/** An import of a file that nobody needs. */
const upload = async (): Promise<void> => {
  const bytes = randomBytes(512 * 1024);
  const sha256 = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const headers = { authorization: `Bearer ${token}` };
  const dataset = `flood${Math.random().toString(36).slice(2, 8)}`;
  const begun = await fetch(`${url}/v1/imports`, {
    ...{ method: "POST", headers: { ...headers, "content-type": "application/json" } },
    body: JSON.stringify({ dataset }),
  }).catch(() => undefined);
  const { id }: { id?: string } = (await begun?.json().catch(() => ({}))) ?? {};
  const files = [{ path: "sub-01/anat/sub-01_T1w.nii.gz", size: bytes.length, sha256 }];
  await send(`/v1/imports/${id}/files`, { files });
  const put = await fetch(`${url}/v1/imports/${id}/objects/${sha256}`, {
    ...{ method: "PUT", headers: { ...headers, "content-type": "application/octet-stream" }, body: bytes },
  }).catch(() => undefined);
  await put?.arrayBuffer().catch(() => undefined);
};

/** A connection that begins a request and goes on with a byte now and then. */
const dawdle = (begin: string): Promise<void> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write(begin));
    const more = setInterval(() => socket.write("x"), 500);
    const over = (): void => {
      clearInterval(more);
      socket.destroy();
      resolve();
    };
    setTimeout(over, 3_000);
    socket.once("error", over).once("close", over);
  });

/** So many connections at a time. */
const crowd = async (begin: string): Promise<void> => {
  await Promise.all(Array.from({ length: 60 }, () => dawdle(begin)));
  await sleep(10);
};

/** Each does one thing. */
const attacks: Readonly<Record<string, () => Promise<void>>> = {
  nothing: () => new Promise((resolve) => setTimeout(resolve, 100)),
  "backtracking patterns": async () => {
    await send("/v1/analyses", { manifest: manifest(pattern) });
    await send("/v1/runs", { analysis: "patterns", query: "false", parameters: { a: `${"a".repeat(50_000)}!` } });
  },
  "large schemas": () => send("/v1/analyses", { manifest: manifest(wide) }),
  "repeated patterns": () => send("/v1/analyses", { manifest: manifest(repeated) }),
  "misspelt fields": () => send("/v1/queries/run", { expression: `metadata.${"a".repeat(3_900)} == 1` }),
  "lists within lists": async () => {
    await send("/v1/queries/run", { expression: nested });
    await send("/v1/queries/run", { expression: twice });
  },
  "live views": () => send("/v1/events"),
  "tags of YAML": () => send("/v1/pipelines/bomb", { source: "!!x ".repeat(60_000) }),
  "keys of YAML": () =>
    send("/v1/pipelines/bomb/plan", { source: Array.from({ length: 9_000 }, (_, at) => `k${at}: v`).join("\n") }),
  "aliases of YAML": () => send("/v1/pipelines/bomb/plan", { source: `${laughs}\ndatasets: ["*"]\nrules: []\n` }),
  "many uploads": upload,
  "open connections": () => crowd("GET /v1/me HTTP/1.1\r\nhost: x\r\nx-slow: "),
  "slow bodies": () =>
    crowd(
      `POST /v1/queries/run HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 900000\r\n\r\n{`,
    ),
  "deep JSON": () => send("/v1/queries/run", `{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`),
  "large JSON": () => send("/v1/queries/run", { expression: "x".repeat(15_000_000) }),
  "bad tokens": () => send("/v1/me", undefined, `rb_${Math.random()}`),
  "many requests": () => send("/v1/me"),
};

const attack = attacks[name];
if (attack === undefined) throw new Error(`There is no attack ${name}.`);
const until = performance.now() + Number(forMs);
let requests = 0;
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    while (performance.now() < until) {
      await attack();
      requests += 1;
    }
  }),
);
console.log(requests);
process.exit(0);
