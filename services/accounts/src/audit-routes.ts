import { accountsRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { implement, pageOf, type ServiceContext } from "@rollerblade/service-kit";
import { requireAdministrator, requireService } from "./as-administrator.ts";
import { recordLines } from "./audit.ts";
import { auditEntryOf, listAudit } from "./list-audit.ts";
import { requireResource } from "./resources.ts";
import { verifyAudit } from "./verify-audit.ts";

/** Routes of the audit log. */
export const serveAudit = (context: ServiceContext): void => {
  const { sql, authorize } = context;

  implement(context, accountsRoutes.listAudit, async ({ principal, query }) => {
    const { kind, resource, limit, after, ...filter } = query;
    if (after !== undefined && !/^\d{1,18}$/.test(after)) throw badCursor(after);
    const page = async (where: Parameters<typeof listAudit>[1]) => {
      const rows = await listAudit(sql, where, limit + 1, after);
      const entries = rows.map((row) => auditEntryOf(row, principal.admin));
      return pageOf(entries, limit, ({ sequence }) => String(sequence));
    };
    if (kind === undefined || resource === undefined) {
      requireAdministrator(principal);
      return page(filter);
    }
    const about = { kind, name: resource };
    await authorize(principal, "admin", about);
    if (principal.admin) return page({ ...filter, subject: `${kind} ${resource}` });
    // What happened before is of what had the name then.
    const begun = (await requireResource(sql, about)).createdAt.toISOString();
    const since = filter.since === undefined || filter.since < begun ? begun : filter.since;
    return page({ ...filter, subject: `${kind} ${resource}`, since });
  });

  implement(
    context,
    accountsRoutes.verifyAudit,
    ({ principal }) => {
      requireAdministrator(principal);
      return verifyAudit(sql);
    },
    { timeout: 15 * 60_000 },
  );

  implement(
    context,
    accountsRoutes.recordAudit,
    async ({ principal, body }) => {
      requireService(principal, ["gateway", "scheduler"]);
      // The scheduler tells of runs alone.
      if (principal.service === "scheduler" && !body.lines.every(({ action }) => action.startsWith("run.")))
        requireService(principal, ["gateway"]);
      await recordLines(sql, body.lines);
      return undefined;
    },
    { hidden: true, allowsNul: true },
  );
};

const badCursor = (after: string): Problem =>
  new Problem({
    code: "invalid",
    message: `"${after}" is not a place in the audit log.`,
    subject: "after",
    next: "Pass the `next` of the page before.",
  });
