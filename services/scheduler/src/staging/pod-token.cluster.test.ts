import { createHmac, randomBytes } from "node:crypto";
import { type ClusterClient, connectCluster } from "@rollerblade/kubernetes";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { findCluster, prepareNamespace } from "../testing/cluster-world.ts";
import { createTokenCheck } from "./pod-token.ts";

const there = await findCluster();

describe.skipIf(!there)("tokens of Pods (needs a cluster: npm run cluster -- up)", () => {
  const namespace = `executor-test-${randomBytes(4).toString("hex")}`;
  const base = `/api/v1/namespaces/${namespace}`;
  const given = { namespace, serviceAccount: "rollerblade-analysis", audience: "rollerblade" };
  const uids = new Map<string, string>();
  let admin: ClusterClient;
  /** A client that may have nothing reviewed. */
  let reader: ClusterClient;

  const tokenOf = async ({ account = given.serviceAccount, pod = "", audience = given.audience }): Promise<string> => {
    const bound = { kind: "Pod", apiVersion: "v1", name: pod, uid: uids.get(pod) };
    const spec = { audiences: [audience], ...(pod !== "" && { boundObjectRef: bound }) };
    const path = `${base}/serviceaccounts/${account}/token`;
    const answer = await admin.call({ method: "POST", path, body: { spec } });
    return z.object({ status: z.object({ token: z.string() }) }).parse(answer).status.token;
  };
  const makePod = async (name: string, serviceAccountName: string): Promise<void> => {
    const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
    const spec = {
      serviceAccountName,
      nodeSelector: { "rollerblade.test/node": "none" },
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      containers: [{ name: "one", image: "none", securityContext }],
    };
    const answer = await admin.call({ method: "POST", path: `${base}/pods`, body: { metadata: { name }, spec } });
    uids.set(name, z.object({ metadata: z.object({ uid: z.string() }) }).parse(answer).metadata.uid);
  };
  /** Its paths of keys lead nowhere. */
  const withoutKeys = (client: ClusterClient): ClusterClient => ({
    ...client,
    call: (request) =>
      client.call({ ...request, path: request.path.replace(/^\/(openid|\.well-known)\b/, "/apis/no") }),
  });

  beforeAll(async () => {
    admin = await connectCluster();
    await prepareNamespace(admin, namespace);
    await admin.call({ method: "POST", path: `${base}/serviceaccounts`, body: { metadata: { name: "reader" } } });
    await makePod("slice", given.serviceAccount);
    await makePod("stranger", "reader");
    const request = { method: "POST", path: `${base}/serviceaccounts/reader/token`, body: { spec: {} } } as const;
    const { status } = z.object({ status: z.object({ token: z.string() }) }).parse(await admin.call(request));
    reader = await connectCluster({ token: status.token });
  });
  afterEach(() => void vi.useRealTimers());
  afterAll(async () => {
    await admin.call({ method: "DELETE", path: `/api/v1/namespaces/${namespace}` });
    for (const client of [admin, reader]) client.close();
  });

  test("the cluster's keys suffice, and without them a review does", async () => {
    const token = await tokenOf({ pod: "slice" });
    const bound = { name: "slice", uid: uids.get("slice") };
    expect(await createTokenCheck({ ...given, client: reader })(token)).toEqual(bound);
    expect(await createTokenCheck({ ...given, client: withoutKeys(admin) })(token)).toEqual(bound);
    // Neither keys nor a review: the cluster's own word.
    await expect(createTokenCheck({ ...given, client: withoutKeys(reader) })(token)).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining("tokenreviews"),
    });
  });

  test("one that has expired is not vouched for by keys", async () => {
    const check = createTokenCheck({ ...given, client: reader });
    const token = await tokenOf({ pod: "slice" });
    await check(token);
    vi.useFakeTimers({ now: Date.now() + 2 * 3_600_000, toFake: ["Date"] });
    await expect(check(token)).rejects.toMatchObject({ status: 403 });
  });

  const parts = (token: string): [string, string, string] => {
    const [head = "", body = "", signature = ""] = token.split(".");
    return [head, body, signature];
  };
  const decoded = (part: string): Record<string, unknown> =>
    z.record(z.string(), z.unknown()).parse(JSON.parse(Buffer.from(part, "base64url").toString()));
  const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

  test.each<[string, (token: string) => Promise<string> | string]>([
    ["of another account", () => tokenOf({ pod: "stranger", account: "reader" })],
    ["for another audience", () => tokenOf({ pod: "slice", audience: "https://kubernetes.default.svc" })],
    ["bound to no Pod", () => tokenOf({})],
    [
      "whose Pod was changed",
      (token) => {
        const [head, body, signature] = parts(token);
        return [head, encoded({ ...decoded(body), "kubernetes.io": { pod: { name: "x", uid: "y" } } }), signature].join(
          ".",
        );
      },
    ],
    ["without a signature", (token) => [encoded({ alg: "none" }), parts(token)[1], ""].join(".")],
    [
      "signed by somebody else under the cluster's key id",
      async (token) => {
        const { privateKey } = await generateKeyPair("RS256");
        const [head, body] = parts(token);
        return new SignJWT(decoded(body))
          .setProtectedHeader({ alg: "RS256", kid: String(decoded(head).kid) })
          .sign(privateKey);
      },
    ],
    [
      "signed by somebody else, who brings the key along",
      async (token) => {
        const { privateKey, publicKey } = await generateKeyPair("RS256");
        return new SignJWT(decoded(parts(token)[1]))
          .setProtectedHeader({ alg: "RS256", jwk: await exportJWK(publicKey) })
          .sign(privateKey);
      },
    ],
    [
      "signed with the public key as a secret",
      async (token) => {
        const keys = await admin.call({ path: "/openid/v1/jwks" });
        const [head, body] = parts(token);
        const text = `${encoded({ ...decoded(head), alg: "HS256" })}.${body}`;
        return `${text}.${createHmac("sha256", JSON.stringify(keys)).update(text).digest("base64url")}`;
      },
    ],
    ["that is none", () => "nonsense"],
  ])("one %s is refused", async (_, forge) => {
    const token = await forge(await tokenOf({ pod: "slice" }));
    for (const client of [admin, withoutKeys(admin)])
      await expect(createTokenCheck({ ...given, client })(token)).rejects.toMatchObject({ code: "unauthenticated" });
  });
});
