import { Problem } from "@rollerblade/errors";
import { openLocation } from "@rollerblade/object-store";
import type { Principal } from "@rollerblade/service-kit";

/**
 * The address of a place that the server reads for somebody: it reads with its own rights, which are not everybody's.
 * @throws Problem `forbidden`, `invalid`, `not-found`
 */
export const requirePlace = async (principal: Principal, address: string): Promise<string> => {
  if (!principal.admin)
    throw new Problem({
      code: "forbidden",
      message: "Only an administrator may have the server read files from where they lie.",
      subject: address,
      next: "Send the files instead: an import without --in-place, a conversion without an address.",
    });
  return (await openLocation(address)).address;
};
