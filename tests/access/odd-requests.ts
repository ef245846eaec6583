import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";

/** Paths with a name that somebody guesses, in the place of `NAME`. */
const guessedPaths: readonly string[] = [
  ...["/v1/datasets/NAME", "/v1/datasets/NAME/subjects/01", "/v1/datasets/NAME/findings", "/v1/datasets/NAME/folder"],
  ...["/v1/datasets/NAME/corrections", "/v1/datasets/NAME/source", "/v1/resources/dataset/NAME"],
  ...["/v1/grants/dataset/NAME", "/v1/scans?dataset=NAME", "/v1/files?dataset=NAME", "/v1/derivatives?dataset=NAME"],
  ...["link", "content", "report", "picture", "access"].map(
    (what) => `/v1/files/${what}?dataset=NAME&path=sub-01/anat/sub-01_T1w.nii.gz`,
  ),
  ...["/v1/scans/metadata?dataset=NAME&path=sub-01/anat/sub-01_T1w.nii.gz", "/v1/search?text=NAME"],
  ...["/v1/runs", "/v1/tasks?dataset=NAME", "/v1/decisions?dataset=NAME", "/v1/results?dataset=NAME"],
  ...["/v1/tags?dataset=NAME", "/v1/imports?dataset=NAME", "/v1/queries/NAME", "/v1/queries/NAME/pins"],
  ...["/v1/pipelines/NAME", "/v1/pipelines/NAME/status", "/v1/analyses/NAME", "/v1/groups/NAME/members"],
];

/** Other ways to write the same address, or almost the same. */
const spellings: readonly ((path: string) => string)[] = [
  (path) => `/${path}`,
  (path) => path.replace("/v1/", "/v1//"),
  (path) => path.replace("/v1/", "/v1/./"),
  (path) => path.replace("/v1/", "/v1/x/../"),
  (path) => path.replace("/v1/", "/v1/%2e%2e/v1/"),
  (path) => path.replace("/v1/", "/v1%2f"),
  (path) => path.replace("/v1/", "/V1/"),
  (path) => path.replace(/\/(?=[^/]*$)/, "%2F"),
  (path) => path.replace(/(?=\?|$)/, "/"),
  (path) => path.replace(/(?=\?|$)/, ";a=b"),
  (path) => path.replace(/(?=\?|$)/, "%00"),
  (path) => path.replace(/(?=\?|$)/, ".json"),
];

/** Headers by which other servers were led elsewhere, or say more than they should. */
const oddHeaders: readonly Readonly<Record<string, string>>[] = [
  { "if-none-match": "*" },
  { "if-match": "*" },
  { "if-modified-since": "Mon, 01 Jan 2024 00:00:00 GMT" },
  { range: "bytes=0-3" },
  { "last-event-id": "0" },
  { accept: "text/html" },
  { "content-type": "text/plain" },
  { "idempotency-key": "0192f0e4-7f3c-7abc-8def-00112233445a" },
  { "x-http-method-override": "DELETE" },
  { "x-original-url": "/v1/me", "x-rewrite-url": "/v1/me" },
  { "x-forwarded-for": "127.0.0.1", "x-rollerblade-address": "127.0.0.1" },
  { "x-rollerblade-on-behalf-of": "alice" },
  { "x-long": "a".repeat(12_000) },
];

/** Methods that change nothing, and some that a path may not take. */
const oddMethods = ["HEAD", "OPTIONS", "TRACE", "PATCH"] as const;

/** A request as it stands: nothing tidies up its path. */
export type OddRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** Every request of these, once for each name that is guessed. */
export const oddRequests = (name: string): OddRequest[] =>
  guessedPaths.flatMap((guessed) => {
    const path = guessed.replace("NAME", name);
    return [
      { method: "GET", path, headers: {} },
      ...oddMethods.map((method) => ({ method, path, headers: {} })),
      ...spellings.map((spell) => ({ method: "GET", path: spell(path), headers: {} })),
      ...oddHeaders.map((headers) => ({ method: "GET", path, headers })),
    ];
  });

/** Headers that say when an answer was given, and on which connection. */
const ofTheMoment = new Set(["date", "connection", "keep-alive"]);

/** All that is answered: the status, each header with the length, and the body, without the name that was asked for. */
export const answerTo = async (
  door: string,
  token: string,
  { method, path, headers }: OddRequest,
  name: string,
): Promise<string> => {
  const { hostname, port } = new URL(door);
  const sent = request({ hostname, port, method, path, headers: { ...headers, authorization: `Bearer ${token}` } });
  sent.end();
  const [response] = await once(sent, "response");
  const sentBack: IncomingHttpHeaders = response.headers;
  const shown = Object.entries(sentBack).filter(([header]) => !ofTheMoment.has(header));
  const answer = [
    `${response.statusCode}`,
    ...shown.map(([header, value]) => `${header}: ${value}`),
    await text(response),
  ];
  return answer.join("\n").replaceAll(name, "NAME");
};
