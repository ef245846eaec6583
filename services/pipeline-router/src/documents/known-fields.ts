import { isSlip } from "@rollerblade/abids/nearest-names";
import { catalogRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { conditionOf, documentProblem, type Fault, type PipelineDocument, type Rule } from "@rollerblade/pipeline";
import type { Principal, ServiceContext } from "@rollerblade/service-kit";

type Unseen = { readonly field: string; readonly nearest: readonly string[] };

/**
 * Refuses a condition that asks for a field that no dataset of its owner has and that is nearly one that there is: the
 * rule would decide `unknown` of every slice. Any other field may come with data that are not here yet; such fields are
 * returned, as sentences. While the catalog is away, none is looked for.
 * @throws Problem `invalid` with the nearest names
 */
export const requireKnownFields = async (
  context: ServiceContext,
  document: PipelineDocument,
  owner: Principal,
): Promise<readonly string[]> => {
  const found = await Promise.all(
    document.rules.map(async (rule) => ({ rule, unseen: await unseenFields(context, rule, owner) })),
  );
  const faults = found.flatMap(({ rule, unseen }) => unseen.flatMap((one) => faultOf(rule, one)));
  if (faults.length > 0) throw documentProblem(document.name, faults);
  return found.flatMap(({ rule, unseen }) =>
    unseen.map(({ field }) => `rule ${rule.name}: no dataset that you may read has ${field} yet, so when is unknown`),
  );
};

const unseenFields = async (context: ServiceContext, rule: Rule, owner: Principal): Promise<readonly Unseen[]> => {
  if (rule.when === null || conditionOf(rule)?.fields.length === 0) return [];
  const body = { expression: rule.when.source, level: "scan" as const };
  try {
    return (await context.peer("catalog", owner).call(catalogRoutes.checkQuery, { body })).unseen;
  } catch (error) {
    if (Problem.from(error).code !== "unavailable") throw error;
    return [];
  }
};

const faultOf = (rule: Rule, { field, nearest }: Unseen): Fault[] => {
  const meant = nearest.filter((name) => isSlip(field, name));
  if (meant.length === 0) return [];
  const message = `no dataset that you may read has ${field}; did you mean ${meant.join(" or ")}?`;
  return [{ position: rule.when?.position ?? null, part: `rule ${rule.name}`, field: "when", message }];
};
