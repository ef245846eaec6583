import type { NatsUser } from "./nats-user.ts";

/** A user with the public half of its nkey: `U…`, or `$NAME` for a variable of the server's environment. */
export type NatsUserWithKey = NatsUser & { readonly nkey: string };

/**
 * The `authorization` block of nats-server's configuration. The server holds public keys only: whoever reads its configuration can sign
 * in as nobody.
 * @see https://docs.nats.io/running-a-nats-service/configuration/securing_nats/authorization
 */
export const usersConfiguration = (users: readonly NatsUserWithKey[]): string =>
  ["authorization {", "  users: [", ...users.map(userEntry), "  ]", "}", ""].join("\n");

const userEntry = ({ name, nkey, publish, subscribe }: NatsUserWithKey): string => {
  const key = nkey.startsWith("$") ? nkey : JSON.stringify(nkey);
  const lines = [
    `    # ${name}`,
    `    { nkey: ${key}, permissions: {`,
    ...permissionLines("publish", publish),
    ...permissionLines("subscribe", subscribe),
    "    } }",
  ];
  return lines.join("\n");
};

const permissionLines = (verb: string, { allow, deny = [] }: NatsUser["publish"]): string[] => [
  `      ${verb}: {`,
  ...subjectLines("allow", allow),
  ...(deny.length === 0 ? [] : subjectLines("deny", deny)),
  "      }",
];

const subjectLines = (name: string, subjects: readonly string[]): string[] => [
  `        ${name}: [`,
  ...subjects.map((subject) => `          ${JSON.stringify(subject)}`),
  "        ]",
];
