import { createHash } from "node:crypto";
import { Problem } from "@rollerblade/errors";
import type { Principal, ServiceContext } from "@rollerblade/service-kit";
import { applyDocument } from "../documents/apply-document.ts";
import { removeDocument } from "../documents/remove-document.ts";
import type { Offered, PipelineSource, Verdict } from "./pipeline-source.ts";

/**
 * Applies what a source holds, as far as it is new; takes out of force what it no longer holds. A text that was refused is tried again
 * each time, since an analysis that is missing may have been created meanwhile; the last good one stays in force.
 */
export const takeOffers = async (context: ServiceContext, source: PipelineSource): Promise<void> => {
  const offered = await source.list();
  if (offered === null) return;
  for (const offer of offered) await takeOffer(context, offer);
  const known = await context.sql<{ name: string; origin: string }[]>`
    select name, origin from pipeline_router.offers where kind = ${source.kind}`;
  const names = new Set(offered.map(({ name }) => name));
  for (const { name, origin } of known.filter((one) => !names.has(one.name))) {
    context.log.info({ document: name, origin }, "the document is gone from its source, and is taken out of force");
    if (!(await removeDocument(context, name, "service"))) {
      await context.sql`delete from pipeline_router.offers where name = ${name}`;
    }
  }

  async function takeOffer({ sql, log }: ServiceContext, offer: Offered): Promise<void> {
    const { name, origin } = offer;
    const hash = createHash("sha256").update(`${offer.stamp}\n${offer.source}`).digest("hex");
    const [before] = await sql<{ hash: string; refusal: string; revision: number | null }[]>`
      select hash, refusal, revision from pipeline_router.offers left join pipeline_router.documents using (name)
      where name = ${name}`;
    if (before?.hash === hash && before.refusal === "") {
      return source.report?.(name, { applied: true, revision: before.revision ?? 0 });
    }
    const verdict = await tryToApply(offer, before?.hash === hash ? before.refusal : "");
    const refusal = verdict.applied ? "" : verdict.message;
    await sql`
      insert into pipeline_router.offers (name, kind, origin, hash, refusal)
      values (${name}, ${source.kind}, ${origin}, ${hash}, ${refusal})
      on conflict (name) do update set
        kind = excluded.kind, origin = excluded.origin, hash = excluded.hash, refusal = excluded.refusal, offered_at = now()`;
    if (verdict.applied) log.info({ document: name, origin }, "applied the pipeline document");
    await source.report?.(name, verdict);
  }

  async function tryToApply(offer: Offered, knownRefusal: string): Promise<Verdict> {
    try {
      const owner = await principalOf(context, offer.owner);
      await applyDocument(context, { ...offer, owner }, knownRefusal);
      const [row] = await context.sql<{ revision: number }[]>`
        select revision from pipeline_router.documents where name = ${offer.name}`;
      return { applied: true, revision: row?.revision ?? 0 };
    } catch (error) {
      const problem = Problem.from(error);
      if (problem.code !== "invalid" && problem.code !== "conflict") throw error;
      if (problem.message !== knownRefusal) {
        context.log.error({ document: offer.name, findings: problem.findings }, problem.message);
      }
      return { applied: false, message: problem.message, findings: problem.findings };
    }
  }
};

/** The person under whose rights the rules of a source run, as accounts knows them. */
const principalOf = async ({ sql }: ServiceContext, name: string): Promise<Principal> => {
  if (name === "service") return { name, admin: true };
  const [row] = await sql<{ admin: boolean }[]>`select admin from accounts.access_v1 where principal = ${name} limit 1`;
  return { name, admin: row?.admin ?? false };
};
