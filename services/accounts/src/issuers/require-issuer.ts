import { Problem } from "@rollerblade/errors";
import type { IssuerSettings } from "./issuer-settings.ts";

/** The issuer of that name. @throws Problem `not-found` with those that there are */
export const requireIssuer = (issuers: readonly IssuerSettings[], name: string): IssuerSettings => {
  const found = issuers.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = issuers.map((one) => one.name);
  throw new Problem({
    code: "not-found",
    message: `There is no issuer "${name}".`,
    subject: name,
    next:
      names.length === 0
        ? "Sign in with a password; an administrator adds issuers by ROLLERBLADE_ACCOUNTS_ISSUERS."
        : `Sign in by one of: ${names.join(", ")}.`,
  });
};
