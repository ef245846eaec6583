import { Problem } from "@rollerblade/errors";
import type { Principal } from "@rollerblade/service-kit";

/** Lets administrators pass. @throws Problem `forbidden` */
export const requireAdministrator = ({ admin }: Principal): void => {
  if (admin) return;
  throw new Problem({ code: "forbidden", message: "Only an administrator may do this.", next: "Ask one of them." });
};
