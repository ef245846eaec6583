CREATE TABLE "accounts"."identities" (
	"issuer" text NOT NULL,
	"subject" text NOT NULL,
	"user_name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "identities_issuer_subject_pk" PRIMARY KEY("issuer","subject")
);
--> statement-breakpoint
CREATE TABLE "accounts"."issuer_sign_ins" (
	"hash" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"secrets" jsonb NOT NULL,
	"until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "accounts"."passwords" (
	"user_name" text PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"one_time_until" timestamp with time zone,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "accounts"."sign_in_failures" (
	"key" text PRIMARY KEY NOT NULL,
	"failures" integer NOT NULL,
	"until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
DROP VIEW "accounts"."access_v1";--> statement-breakpoint
ALTER TABLE "accounts"."tokens" ADD COLUMN "kind" text DEFAULT 'personal' NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts"."tokens" ADD COLUMN "scope" text DEFAULT 'admin' NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts"."tokens" ADD COLUMN "idle_seconds" integer;--> statement-breakpoint
ALTER TABLE "accounts"."tokens" ADD COLUMN "used_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "accounts"."identities" ADD CONSTRAINT "identities_user_name_users_name_fk" FOREIGN KEY ("user_name") REFERENCES "accounts"."users"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "accounts"."passwords" ADD CONSTRAINT "passwords_user_name_users_name_fk" FOREIGN KEY ("user_name") REFERENCES "accounts"."users"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "identities_user" ON "accounts"."identities" USING btree ("user_name");--> statement-breakpoint
CREATE VIEW "accounts"."access_v1" AS (
    select token.hash as token_hash, person.name as principal, person.admin, access.kind, access.resource, access.role,
      access.resource_id, access.begun_at, access.since, token.scope, token.kind as credential
    from accounts.users person
    left join accounts.tokens token
      on token.user_name = person.name
      and token.revoked_at is null
      and (token.expires_at is null or token.expires_at > now())
      and (token.idle_seconds is null
        or coalesce(token.used_at, token.created_at) > now() - make_interval(secs => token.idle_seconds))
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
        select given.kind, given.resource, given.role, granted.id, granted.reused, granted.created_at,
          greatest(given.created_at, as_whom.since)
        from accounts.grantees_v1 as_whom
        join accounts.grants given on given.grantee = as_whom.grantee
        join accounts.resources granted on granted.kind = given.kind and granted.name = given.resource
        where as_whom.person = person.name
      ) held
      group by held.kind, held.resource
    ) access
    where person.disabled_at is null);--> statement-breakpoint
UPDATE "accounts"."tokens" SET kind = 'settings' WHERE label = 'from the settings';--> statement-breakpoint
UPDATE "accounts"."tokens" SET kind = 'service' FROM "accounts"."users" AS person WHERE person.name = user_name AND person.kind = 'service' AND tokens.kind = 'personal';--> statement-breakpoint
CREATE FUNCTION "accounts"."use_token_v1"(used text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    update accounts.tokens set used_at = now()
    where hash = used and revoked_at is null and (used_at is null or used_at < now() - interval '30 seconds')
$$;
