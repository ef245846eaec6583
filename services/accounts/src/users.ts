import type { User } from "@rollerblade/client";
import {
  isDuplicate,
  lockInTransaction,
  type Queryable,
  type Sql,
  type Transaction,
  transaction,
} from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { writeAudit } from "./audit.ts";
import { noSuchUser } from "./problems.ts";
import type { users } from "./schema.ts";
import { revokeAll } from "./sessions.ts";

type Row = typeof users.$inferSelect;

/** Names that mean something else. */
const reserved: readonly string[] = ["everyone", "anonymous", "service"];

/** Whether no user can have the name, because it means something else. */
export const isReservedName = (name: string): boolean => reserved.includes(name);

/** What is needed of a new user. */
type NewUser = Pick<Row, "name" | "displayName" | "admin" | "kind">;

/** One page of users by name. */
export const listUsers = (sql: Sql, limit: number, after = ""): Promise<Row[]> =>
  sql<Row[]>`select * from accounts.users where name > ${after} order by name limit ${limit}`;

/** Makes a user. @throws Problem `conflict` when the name is taken, `invalid` when it is reserved */
export const createUser = async (sql: Sql, actor: string, wanted: NewUser): Promise<Row> => {
  if (isReservedName(wanted.name)) throw nameReserved(wanted.name);
  try {
    return await transaction(sql, (tx) => insertUser(tx, actor, wanted));
  } catch (error) {
    if (isDuplicate(error)) throw nameTaken(wanted.name, error);
    throw error;
  }
};

/** Makes a user, whose name is known to be free, in the transaction of what is done with it. */
export const insertUser = async (tx: Transaction, actor: string, wanted: NewUser): Promise<Row> => {
  const [row] = await tx<
    [Row]
  >`insert into accounts.users ${tx(wanted, "name", "displayName", "admin", "kind")} returning *`;
  const details = { admin: wanted.admin };
  await writeAudit(tx, { actor, action: "user.created", subject: `user ${wanted.name}`, details });
  return row;
};

/** What may be changed of a user. */
export type UserChange = {
  readonly displayName?: string | undefined;
  readonly admin?: boolean | undefined;
  readonly disabled?: boolean | undefined;
};

/** Changes a user; a disabled one's tokens are worth nothing from then on, for good. @throws Problem `not-found`, `conflict` for the last administrator */
export const changeUser = (sql: Sql, actor: string, name: string, change: UserChange): Promise<Row> =>
  transaction(sql, async (tx) => {
    // One after the other, so that two administrators who demote each other do not both succeed.
    await lockInTransaction(tx, "accounts administrators");
    const { displayName = null, admin = null, disabled = null } = change;
    const [row] = await tx<Row[]>`
      update accounts.users set
        display_name = coalesce(${displayName}, display_name),
        admin = coalesce(${admin}, admin),
        disabled_at = case ${disabled}::boolean when true then coalesce(disabled_at, now()) when false then null else disabled_at end
      where name = ${name} returning *`;
    if (row === undefined) throw noSuchUser(name);
    if (disabled === true) await revokeAll(tx, name);
    if (disabled === true || admin === false) await requireAdministratorLeft(tx);
    const details = Object.fromEntries(
      Object.entries({ displayName, admin, disabled }).filter(([, value]) => value !== null),
    );
    await writeAudit(tx, { actor, action: "user.changed", subject: `user ${name}`, details });
    return row;
  });

/** Services are administrators too, but nobody signs in as one. @throws Problem `conflict` when no person is an administrator any more */
const requireAdministratorLeft = async (tx: Queryable): Promise<void> => {
  const [left] = await tx`select from accounts.users where admin and kind = 'person' and disabled_at is null limit 1`;
  if (left !== undefined) return;
  throw new Problem({
    code: "conflict",
    message: "This is the last administrator, who cannot be disabled or demoted.",
    next: "Make somebody else an administrator first.",
  });
};

/** Reads a user by name, disabled ones too. @throws Problem `not-found` */
export const requireUser = async (sql: Sql, name: string): Promise<Row> => {
  const [row] = await sql<Row[]>`select * from accounts.users where name = ${name}`;
  if (row === undefined) throw noSuchUser(name);
  return row;
};

/** A user as it travels. */
export const userOf = (row: Row): User => ({
  ...row,
  createdAt: row.createdAt.toISOString(),
  disabledAt: row.disabledAt?.toISOString() ?? null,
});

const nameReserved = (name: string): Problem =>
  new Problem({
    code: "invalid",
    message: `The name "${name}" is reserved.`,
    subject: name,
    next: "Choose another name.",
  });

const nameTaken = (name: string, cause: unknown): Problem =>
  new Problem(
    { code: "conflict", message: `There is a user "${name}" already.`, subject: name, next: "Choose another name." },
    { cause },
  );
