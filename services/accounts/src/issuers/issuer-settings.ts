import { Problem } from "@rollerblade/errors";
import { z } from "zod";

const issuer = z.strictObject({
  /** What people choose (`--issuer uni`), what the addresses of the sign-in have, and what claims of groups begin with. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/, "1 to 31 of a-z, 0-9 and -"),
  /** What people are shown. @default the name */
  title: z.string().max(100).optional(),
  /** As the issuer calls itself; what it says of itself is at `/.well-known/openid-configuration` below. */
  url: z.url({ protocol: /^https?$/ }),
  clientId: z.string().min(1),
  /** The file with the client's secret, read at each sign-in, so that it can be replaced; a public client has none. */
  clientSecretFile: z.string().optional(),
  scopes: z.string().default("openid profile"),
  /** The claim after which a new user is called. */
  userClaim: z.string().default("preferred_username"),
  displayNameClaim: z.string().default("name"),
  /** The claim that names the groups of a person, as a list of texts. */
  groupsClaim: z.string().default("groups"),
  /** Only who has one of these values in the claim of groups may sign in. @default everybody whom the issuer knows */
  allowedGroups: z.array(z.string()).optional(),
  /** Whether whoever signs in for the first time becomes a user; else an administrator links them to one before. */
  createUsers: z.boolean().default(true),
  /** Whether the issuer may have a private address, and be asked without TLS. */
  privateAddress: z.boolean().default(false),
});

/** An issuer of identities by OpenID Connect, and what its claims mean here. */
export type IssuerSettings = z.output<typeof issuer>;

const variable = "ROLLERBLADE_ACCOUNTS_ISSUERS";

const issuers = z
  .array(issuer)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "two issuers have one name")
  .refine((all) => new Set(all.map(({ url }) => url)).size === all.length, "two issuers have one address")
  .refine(
    (all) => all.every(({ url, privateAddress }) => privateAddress || url.startsWith("https:")),
    "an issuer begins with https://, or has privateAddress",
  );

/** Reads the issuers of the settings. @throws Problem `invalid` that names the place and not the value */
export const readIssuers = (text: string): IssuerSettings[] => {
  const parsed = issuers.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw new Problem({
    code: "invalid",
    message: `${variable} is not what it should be: ${[...(first?.path ?? []), first?.message].join(": ")}.`,
    subject: variable,
    next: 'Write JSON like [{"name": "uni", "url": "https://login.example.org", "clientId": "rollerblade", "clientSecretFile": "/run/secrets/uni"}].',
  });
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
