import { accountsRoutes } from "@rollerblade/client";
import type { Queryable } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { Principal, ServiceContext } from "@rollerblade/service-kit";

/** A name, and who wants to apply a document under it. */
export type NamedOffer = {
  readonly name: string;
  readonly owner: Principal;
  /** `api`, or the file or ConfigMap that it comes from. */
  readonly origin: string;
};

/** Under whose rights a document runs, and what has its name in accounts; null for a service's, which owns nothing there. */
export type Ownership = { readonly owner: string; readonly resource: string | null };

type KnownRow = Ownership & { readonly removed: boolean };

/**
 * Finds out under whose rights a document will run: of a new one, and of one whose name was retired, those of who applies it; an
 * administrator who applies somebody's document in force does not take it over, unless it comes from a file or ConfigMap of theirs.
 * @throws Problem `conflict` when the name is, or was last, somebody else's
 */
export const requireOwnName = async (sql: Queryable, { name, owner, origin }: NamedOffer): Promise<Ownership> => {
  const [known] = await sql<KnownRow[]>`
    select owner, resource, removed from pipeline_router.documents where name = ${name}`;
  if (known === undefined) return { owner: owner.name, resource: null };
  if (known.owner !== owner.name && !owner.admin) throw nameTaken(name);
  if (known.removed || origin !== "api") return { owner: owner.name, resource: null };
  return { owner: known.owner, resource: known.resource };
};

/** Refuses, as applying would, a name that somebody else has in accounts, also without a document. @throws Problem `conflict` */
export const requireClaimable = async (
  { identify }: Pick<ServiceContext, "identify">,
  { name, owner }: NamedOffer,
): Promise<void> => {
  const found = await identify({ kind: "pipeline", name });
  if (found !== null && found.owner !== owner.name && !owner.admin) throw nameTaken(name);
};

/**
 * Claims the name in accounts, which makes the document's id, and gives it to the owner when an operator's source takes it over. Gives
 * back the id; null for a service.
 * @throws Problem `conflict`
 */
export const claimName = async (
  { peer }: Pick<ServiceContext, "peer">,
  { name, owner: principal }: NamedOffer,
  keeper: string,
): Promise<string | null> => {
  if (principal.name === "service") return null;
  const accounts = peer("accounts", principal);
  const params = { kind: "pipeline", name } as const;
  try {
    const claimed = await accounts.call(accountsRoutes.claimResource, { params });
    if (claimed.owner !== keeper)
      await accounts.call(accountsRoutes.transferResource, { params, body: { owner: keeper } });
    return claimed.id;
  } catch (error) {
    if (Problem.from(error).code === "conflict") throw nameTaken(name);
    throw error;
  }
};

/** The same for a name that is taken and for one that was, whoever has or had it. */
const nameTaken = (name: string): Problem =>
  new Problem({
    code: "conflict",
    message: `The name ${name} is not available.`,
    subject: name,
    next: "Apply yours under another name.",
  });
