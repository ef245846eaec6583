import { Problem } from "@rollerblade/errors";

/** There is nobody of that name. */
export const noSuchUser = (name: string): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no user "${name}".`,
    subject: name,
    next: "An administrator can make one with POST /v1/users.",
  });

/** Only administrators may do this. */
export const forAdministrators = (): Problem =>
  new Problem({ code: "forbidden", message: "Only an administrator may do this.", next: "Ask one of them." });

/** The thing is not there, or not for the asker: the answer is the same. */
export const noSuch = (what: string, name: string): Problem =>
  new Problem({ code: "not-found", message: `There is no ${what} "${name}".`, subject: name });
