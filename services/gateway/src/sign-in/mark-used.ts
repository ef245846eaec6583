import { hashToken, type ServiceContext } from "@rollerblade/service-kit";

/** Notes that a token is used, by which sessions stay alive. No request waits for it, and none fails with it. */
export const markUsed = ({ sql, log }: Pick<ServiceContext, "sql" | "log">, token: string): void => {
  sql`select accounts.use_token_v1(${hashToken(token)})`.catch((error: unknown) =>
    log.warn({ err: error }, "it could not be noted that a token is used"),
  );
};
