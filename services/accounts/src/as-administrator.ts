import type { Principal } from "@rollerblade/service-kit";
import { forAdministrators } from "./problems.ts";

/** Lets administrators pass. @throws Problem `forbidden` */
export const requireAdministrator = (principal: Principal): void => {
  if (!principal.admin) throw forAdministrators();
};
