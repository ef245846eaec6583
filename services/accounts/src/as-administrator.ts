import { Problem } from "@rollerblade/errors";
import type { Principal, ServiceName } from "@rollerblade/service-kit";
import { forAdministrators } from "./problems.ts";

/** Lets administrators pass. @throws Problem `forbidden` */
export const requireAdministrator = (principal: Principal): void => {
  if (!principal.admin) throw forAdministrators();
};

/** Lets some services pass, which call others by routes that are not for people. @throws Problem `forbidden` */
export const requireService = ({ service }: Principal, allowed: readonly ServiceName[]): void => {
  if (service !== undefined && allowed.includes(service)) return;
  throw new Problem({
    code: "forbidden",
    message: `Only ${allowed.join(" and ")} may do this.`,
    next: "Use the route of the gateway: to sign in, or to delete what has a name, which frees it.",
  });
};
