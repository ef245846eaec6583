CREATE TABLE "accounts"."retired_names" (
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"id" uuid NOT NULL,
	"owner" text NOT NULL,
	"retired_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "retired_names_kind_name_pk" PRIMARY KEY("kind","name")
);
--> statement-breakpoint
DROP VIEW "accounts"."access_v1";--> statement-breakpoint
ALTER TABLE "accounts"."resources" ADD COLUMN "id" uuid DEFAULT gen_random_uuid() NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts"."resources" ADD COLUMN "reused" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts"."resources" ADD CONSTRAINT "resources_id" UNIQUE("id");--> statement-breakpoint
UPDATE "accounts"."resources" AS resource SET reused = true WHERE EXISTS (
	SELECT FROM "accounts"."audit" WHERE action = 'resource.released' AND subject = resource.kind || ' ' || resource.name);--> statement-breakpoint
INSERT INTO "accounts"."retired_names" (kind, name, id, owner, retired_at)
SELECT DISTINCT ON (subject) split_part(subject, ' ', 1), split_part(subject, ' ', 2), gen_random_uuid(), details ->> 'owner', time
FROM "accounts"."audit" WHERE action = 'resource.released' ORDER BY subject, time DESC;--> statement-breakpoint
CREATE VIEW "accounts"."resources_v1" AS (
    select id, kind, name, owner, case when reused then created_at end as begun_at from accounts.resources);--> statement-breakpoint
CREATE VIEW "accounts"."access_v1" AS (
    select token.hash as token_hash, person.name as principal, person.admin, access.kind, access.resource, access.role,
      access.resource_id, access.begun_at, access.since
    from accounts.users person
    left join accounts.tokens token
      on token.user_name = person.name
      and token.revoked_at is null
      and (token.expires_at is null or token.expires_at > now())
    cross join lateral (
      select null::text as kind, null::text as resource, null::text as role,
        null::uuid as resource_id, null::timestamptz as begun_at, null::timestamptz as since
      union all
      select held.kind, held.resource,
        (array['viewer', 'runner', 'contributor', 'admin', 'owner'])[
          max(array_position(array['viewer', 'runner', 'contributor', 'admin', 'owner'], held.role))
        ],
        (array_agg(held.id))[1], max(held.created_at) filter (where held.reused), min(held.since)
      from (
        select kind, name as resource, 'owner' as role, id, reused, created_at, created_at as since
        from accounts.resources where owner = person.name
        union all
        select given.kind, given.resource, given.role, granted.id, granted.reused, granted.created_at, given.created_at
        from accounts.grants given
        join accounts.resources granted on granted.kind = given.kind and granted.name = given.resource
        where given.grantee in (person.name, 'everyone')
      ) held
      group by held.kind, held.resource
    ) access
    where person.disabled_at is null);