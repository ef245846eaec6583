import type { ServiceContext } from "@rollerblade/service-kit";

const minuteMs = 60_000;

/** Changes of one person whose keys are kept: a script that makes a change each second for three hours. */
const maxKeptPerPerson = 10_000;

/** Forgets changes whose `Idempotency-Key` is a day old, and of each person all but the latest ten thousand. */
export const forgetRequests = ({ sql, every }: Pick<ServiceContext, "sql" | "every">): void =>
  every(
    "forget-requests",
    minuteMs,
    async () => {
      await sql`delete from accounts.idempotent_requests where expires_at <= now()`;
      await sql`
        delete from accounts.idempotent_requests kept using (
          select principal, key_hash, row_number() over (partition by principal order by begun_at desc) as place
          from accounts.idempotent_requests
        ) ranked
        where kept.principal = ranked.principal and kept.key_hash = ranked.key_hash and ranked.place > ${maxKeptPerPerson}`;
    },
    { exclusive: true },
  );
