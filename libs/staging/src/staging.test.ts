import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { StagingEnvironment } from "./environment.ts";
import { stageIn } from "./stage-in.ts";
import { stageOut } from "./stage-out.ts";

type Received = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A Pod with its folders, and a server that is scheduler and bucket for it. */
const startPod = async (
  answer: (received: Received, response: ServerResponse, url: string) => void,
): Promise<{ readonly environment: StagingEnvironment; readonly received: Received[]; readonly url: string }> => {
  const received: Received[] = [];
  let url = "";
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString("utf8");
    });
    request.on("end", () => {
      const one = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body };
      received.push(one);
      answer(one, response, url);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-staging-"));
  for (const name of ["in", "out"]) await mkdir(join(folder, name));
  await writeFile(join(folder, "token"), "of-this-pod\n");
  stops.push(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  const paths = { in: join(folder, "in"), out: join(folder, "out"), tokenFile: join(folder, "token") };
  return { environment: { ...paths, url, retrySeconds: 2 }, received, url };
};

const json = (response: ServerResponse, value: unknown): void => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
};
const sha256 = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const object = (text: string) => ({
  kind: "object",
  path: "sub-01/scan.nii.gz",
  size: text.length,
  sha256: sha256(text),
  name: "brains/sub-01/scan.nii.gz",
  paths: ["/bucket/name", "/bucket/archive"],
});

test("inputs are put below the folder, also from the archive when the name holds something else", async () => {
  const { environment, received } = await startPod(({ path }, response) => {
    if (path === "/v1/staging/inputs")
      return json(response, { files: [object("brain"), { kind: "text", path: "a/b.json", text: "{}" }], trees: [] });
    response.end(path === "/bucket/archive" ? "brain" : "another brain");
  });
  await stageIn(environment);
  expect(await readFile(join(environment.in, "sub-01/scan.nii.gz"), "utf8")).toBe("brain");
  expect(await readFile(join(environment.in, "a/b.json"), "utf8")).toBe("{}");
  expect(received.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill("Bearer of-this-pod"));
  expect(received.map(({ path }) => path)).toEqual(["/v1/staging/inputs", "/bucket/name", "/bucket/archive"]);
});

test("an input that is gone everywhere is reported as changed, and ends the container", async () => {
  const { environment, received } = await startPod(({ path }, response) => {
    if (path === "/v1/staging/inputs") return json(response, { files: [object("brain")], trees: [] });
    response.writeHead(path.startsWith("/bucket/") ? 404 : 200).end();
  });
  await expect(stageIn(environment)).rejects.toThrow("brains/sub-01/scan.nii.gz is gone");
  expect(received.at(-1)).toMatchObject({ method: "POST", path: "/v1/staging/report" });
  expect(JSON.parse(received.at(-1)?.body ?? "")).toMatchObject({ outcome: "input-changed" });
});

test("a bucket that is away for a moment is waited for", async () => {
  let tries = 0;
  const { environment } = await startPod(({ path }, response) => {
    if (path === "/v1/staging/inputs") return json(response, { files: [object("brain")], trees: [] });
    tries += 1;
    if (tries === 1) return void response.writeHead(503).end();
    if (tries === 2) return void response.write("bra", () => response.destroy());
    response.end("brain");
  });
  await stageIn(environment);
  expect(await readFile(join(environment.in, "sub-01/scan.nii.gz"), "utf8")).toBe("brain");
  expect(tries).toBe(3);
});

test("outputs are put under the paths of their hashes with the Pod's token, then the manifest, and only then reported", async () => {
  const { environment, received } = await startPod(({ path }, response) => {
    if (path !== "/v1/staging/outputs") return void response.end();
    json(response, { fault: null, puts: [{ name: "mask", path: "/put/mask" }], manifest: "/put/manifest" });
  });
  await writeFile(join(environment.out, "mask"), "1010");
  await stageOut(environment);
  expect(received.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /v1/staging/outputs",
    "PUT /put/mask",
    "PUT /put/manifest",
    "POST /v1/staging/report",
  ]);
  const report = { outcome: "succeeded", outputs: [{ name: "mask", size: 4, sha256: sha256("1010") }] };
  expect(received.slice(2).map(({ body }) => JSON.parse(body))).toEqual([report, report]);
  expect(JSON.parse(received[0]?.body ?? "")).toEqual({
    files: [{ name: "mask", kind: "file", size: 4, sha256: sha256("1010") }],
  });
  expect(received.map(({ headers }) => headers.authorization)).toEqual(Array(4).fill("Bearer of-this-pod"));
});

test("what is not an ordinary file is described, never read, and the scheduler's fault ends the container", async () => {
  const { environment, received } = await startPod((_, response) =>
    json(response, { fault: 'the output "passwords" is a symbolic link', puts: [], manifest: null }),
  );
  await symlink("/etc/passwd", join(environment.out, "passwords"));
  await expect(stageOut(environment)).rejects.toThrow("is a symbolic link");
  expect(JSON.parse(received[0]?.body ?? "")).toEqual({ files: [{ name: "passwords", kind: "link", size: 0 }] });
});

test("a content that cannot be what its name says is described with the file", async () => {
  const { environment, received } = await startPod((_, response) =>
    json(response, { fault: "the output report.json is empty (0 bytes)", puts: [], manifest: null }),
  );
  await writeFile(join(environment.out, "report.json"), "");
  await expect(stageOut(environment)).rejects.toThrow("report.json is empty");
  const [file] = JSON.parse(received[0]?.body ?? "").files;
  expect(file).toMatchObject({ name: "report.json", size: 0, contentFault: "is empty (0 bytes)" });
});

test("folders of trees are made, and what goes into one lies among the outputs", async () => {
  const { environment } = await startPod(({ path }, response) => {
    if (path !== "/v1/staging/inputs") return void response.end("brain");
    const files = [
      { ...object("brain"), root: "out", path: "derivatives/sub-01/scan.nii.gz" },
      { kind: "text", path: "bids/README", text: "a part" },
    ];
    json(response, { files, trees: ["derivatives", "empty"] });
  });
  await stageIn(environment);
  expect(await readFile(join(environment.out, "derivatives/sub-01/scan.nii.gz"), "utf8")).toBe("brain");
  expect(await readFile(join(environment.in, "bids/README"), "utf8")).toBe("a part");
  expect(await readdir(join(environment.out, "empty"))).toEqual([]);
});

test("files of trees are described and put by their paths, links within a tree as what they lead to, and others as links", async () => {
  const { environment, received } = await startPod(({ path }, response) => {
    if (path !== "/v1/staging/outputs") return void response.end();
    json(response, {
      fault: null,
      puts: [{ name: "tree/surf/lh.pial", path: "/put/pial" }],
      manifest: "/put/manifest",
    });
  });
  await mkdir(join(environment.out, "tree/surf"), { recursive: true });
  await mkdir(join(environment.out, "tree/empty"));
  await writeFile(join(environment.out, "tree/surf/lh.pial.T1"), "surface");
  await symlink("lh.pial.T1", join(environment.out, "tree/surf/lh.pial"));
  await symlink("/etc/passwd", join(environment.out, "tree/passwords"));
  await stageOut(environment);
  const described = { kind: "file", size: 7, sha256: sha256("surface") };
  const files: { name: string }[] = JSON.parse(received[0]?.body ?? "").files;
  expect(files.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
    { name: "tree/passwords", kind: "link", size: 0 },
    { name: "tree/surf/lh.pial", ...described },
    { name: "tree/surf/lh.pial.T1", ...described },
  ]);
  // What was not asked for, such as a file that nobody changed, is neither put nor reported.
  expect(received.find(({ path }) => path === "/put/pial")?.body).toBe("surface");
  expect(JSON.parse(received.at(-1)?.body ?? "").outputs).toEqual([
    { name: "tree/surf/lh.pial", size: 7, sha256: sha256("surface") },
  ]);
});
