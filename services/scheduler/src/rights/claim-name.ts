import { accountsRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { type Principal, requireWithinLimits, type ServiceContext } from "@rollerblade/service-kit";

/** What claiming a name needs: the accounts service. */
export type Naming = Pick<ServiceContext, "peer" | "authorize">;

/**
 * Claims the name of an analysis or an asset: whoever creates it first owns it, and later versions are for those who may contribute.
 * Services own nothing.
 */
export const claimName = async (
  scheduler: Naming,
  principal: Principal,
  resource: { readonly kind: "analysis" | "asset"; readonly name: string },
): Promise<void> => {
  if (principal.name === "service") return;
  requireWithinLimits(principal, resource);
  try {
    await scheduler.peer("accounts", principal).call(accountsRoutes.claimResource, { params: resource });
  } catch (error) {
    const { code } = Problem.from(error);
    if (code !== "conflict" && code !== "forbidden" && code !== "not-found") throw error;
    await scheduler.authorize(principal, "contribute", resource).catch(() => {
      throw taken(resource.name);
    });
  }
};

const taken = (name: string): Problem =>
  new Problem({
    code: "conflict",
    message: `The name "${name}" is taken.`,
    subject: name,
    next: "Choose another name, or ask its owner for the right to contribute.",
  });
