import { type MigratedService, type ServiceRole, serviceRoleName } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { z } from "zod";

/** The roles of the services that have a password here, by name; those without a schema only ask for rights. */
export const rolesOf = (
  passwords: Readonly<Record<string, string>>,
  schemas: readonly Pick<MigratedService, "schema">[],
): readonly ServiceRole[] =>
  Object.entries(passwords).map(([service, password]) => {
    const name = serviceRoleName(service);
    return { name, password, schema: schemas.find(({ schema }) => serviceRoleName(schema) === name)?.schema ?? null };
  });

/** The passwords in `ROLLERBLADE_DATABASE_PASSWORDS`: JSON, by service. @throws Problem `invalid` */
export const passwordsIn = (text: string | undefined): Readonly<Record<string, string>> => {
  if (text === undefined || text === "") return {};
  const parsed = z.record(z.string(), z.string().min(16)).safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Problem({
    code: "invalid",
    message: "ROLLERBLADE_DATABASE_PASSWORDS is not what it should be.",
    subject: "ROLLERBLADE_DATABASE_PASSWORDS",
    next: 'Write JSON like {"catalog": "a password of 16 letters or more"}.',
  });
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
