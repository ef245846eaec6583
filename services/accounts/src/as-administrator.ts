import { Problem } from "@rollerblade/errors";
import type { Principal } from "@rollerblade/service-kit";
import { forAdministrators } from "./problems.ts";

/** Lets administrators pass. @throws Problem `forbidden` */
export const requireAdministrator = (principal: Principal): void => {
  if (!principal.admin) throw forAdministrators();
};

/** Lets services pass, which call each other by routes that are not for people. @throws Problem `forbidden` */
export const requireService = ({ name }: Principal): void => {
  if (name === "service") return;
  throw new Problem({
    code: "forbidden",
    message: "Only a service may do this.",
    next: "Use the route of the gateway: to sign in, or to delete what has a name, which frees it.",
  });
};
