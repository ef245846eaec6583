import { natsPublicKey } from "./nats-key.ts";

/** The users, in a file of their own: it is written anew when one is added, and read again at SIGHUP. */
export const usersFile = "users.conf";

/** The users of a nats-server, and what each may do. */
export type NatsUsers = {
  readonly names: readonly string[];
  /** The `authorization` block of the server's configuration, of the public keys by user. */
  readonly authorization: (publicKeys: Readonly<Record<string, string>>) => string;
};

/** The user that every embedded server has: it may do everything. */
export const operatorName = "operator";

/** The operator alone, for servers that nobody but a test uses. */
export const operatorOnly: NatsUsers = {
  names: [operatorName],
  authorization: ({ operator = "" }) => `authorization { users: [ { nkey: ${JSON.stringify(operator)} } ] }\n`,
};

/** The `authorization` block for users with these seeds. */
export const authorizationOf = (users: NatsUsers, seeds: Readonly<Record<string, string>>): string =>
  users.authorization(Object.fromEntries(Object.entries(seeds).map(([name, seed]) => [name, natsPublicKey(seed)])));
