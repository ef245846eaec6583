import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { Provider } from "oidc-provider";

/** What an issuer says of somebody. */
export type IssuedClaims = { readonly preferred_username: string; readonly name: string; groups?: unknown };

/** An issuer of identities: a real `oidc-provider` in this process, whose people, keys and answers a test may change. */
export type TestIssuer = {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Everybody whom it knows, by subject. */
  readonly people: Map<string, IssuedClaims>;
  /** Takes another key, and forgets the one before. */
  rotateKey(): Promise<void>;
  /** Changes each ID token that it gives out from now on; null ends that. */
  tamper(change: ((claims: JWTPayload, sign: Sign) => Promise<string>) | null): void;
  /** Stops answering. */
  leave(): Promise<void>;
  /** Answers again, at the same address. */
  comeBack(): Promise<void>;
  /** How often its tokens were asked for. */
  tokenRequests(): number;
  stop(): Promise<void>;
};

/** Signs claims with the issuer's own key. */
export type Sign = (claims: JWTPayload) => Promise<string>;

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Starts an issuer whose client may come back to `redirectUri`. */
export const startTestIssuer = async (redirectUri: string): Promise<TestIssuer> => {
  const people = new Map<string, IssuedClaims>();
  const [clientId, clientSecret] = ["rollerblade", "the secret of the client, which nobody knows"];
  let change: Parameters<TestIssuer["tamper"]>[0] = null;
  let handle: Listener = () => undefined;
  let count = 0;
  let server = await listen((request, response) => handle(request, response), 0);
  const port = portOf(server);
  const url = `http://127.0.0.1:${port}`;

  const rotateKey = async (): Promise<void> => {
    const { privateKey } = await generateKeyPair("RS256", { extractable: true });
    const jwk = { ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid: `key-${Math.random()}` };
    const provider = new Provider(url, {
      clients: [
        {
          client_id: clientId,
          client_secret: clientSecret,
          redirect_uris: [redirectUri],
          grant_types: ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
          response_types: ["code"],
        },
      ],
      jwks: { keys: [jwk] },
      cookies: { keys: ["a key of cookies"] },
      scopes: ["openid", "profile", "groups"],
      claims: { openid: ["sub"], profile: ["name", "preferred_username"], groups: ["groups"] },
      features: { devInteractions: { enabled: true }, deviceFlow: { enabled: true } },
      findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...people.get(sub) }) }),
    });
    const sign: Sign = (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: jwk.kid }).sign(privateKey);
    provider.use(async (context, next) => {
      await next();
      if (context.path !== "/token") return;
      count += 1;
      const body: unknown = context.body;
      if (change !== null && hasIdToken(body))
        context.body = { ...body, id_token: await change(decodeJwt(body.id_token), sign) };
    });
    handle = provider.callback();
  };
  await rotateKey();
  return {
    ...{ url, clientId, clientSecret, people, rotateKey },
    tamper: (next) => {
      change = next;
    },
    leave: () => close(server),
    comeBack: async () => {
      server = await listen((request, response) => handle(request, response), port);
    },
    tokenRequests: () => count,
    stop: () => close(server),
  };
};

const hasIdToken = (body: unknown): body is { readonly id_token: string } =>
  typeof body === "object" && body !== null && "id_token" in body && typeof body.id_token === "string";

const listen = async (listener: Listener, port: number): Promise<Server> => {
  const server = createServer(listener).listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
};

const close = async (server: Server): Promise<void> => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
};

const portOf = (server: Server): number => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return address.port;
};
