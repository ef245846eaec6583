CREATE TABLE "accounts"."group_members" (
	"group_name" text NOT NULL,
	"member" text NOT NULL,
	"source" text DEFAULT 'local' NOT NULL,
	"added_by" text NOT NULL,
	"added_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "group_members_group_name_member_pk" PRIMARY KEY("group_name","member")
);
--> statement-breakpoint
CREATE TABLE "accounts"."groups" (
	"name" text PRIMARY KEY NOT NULL,
	"display_name" text DEFAULT '' NOT NULL,
	"owner" text NOT NULL,
	"claim" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "groups_claim" UNIQUE("claim")
);
--> statement-breakpoint
DROP VIEW "accounts"."access_v1";--> statement-breakpoint
ALTER TABLE "accounts"."group_members" ADD CONSTRAINT "group_members_group_name_groups_name_fk" FOREIGN KEY ("group_name") REFERENCES "accounts"."groups"("name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "accounts"."groups" ADD CONSTRAINT "groups_owner_users_name_fk" FOREIGN KEY ("owner") REFERENCES "accounts"."users"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "group_members_member" ON "accounts"."group_members" USING btree ("member");--> statement-breakpoint
CREATE INDEX "groups_owner" ON "accounts"."groups" USING btree ("owner");--> statement-breakpoint
CREATE VIEW "accounts"."grantees_v1" AS (
    select name as person, name as grantee, null::timestamptz as since from accounts.users
    union all
    select name, 'everyone', null from accounts.users
    union all
    select member, 'group:' || group_name, added_at from accounts.group_members where member not like 'group:%'
    union all
    select lesser.member, 'group:' || greater.group_name, greatest(lesser.added_at, greater.added_at)
    from accounts.group_members lesser
    join accounts.group_members greater on greater.member = 'group:' || lesser.group_name
    where lesser.member not like 'group:%');--> statement-breakpoint
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
        select given.kind, given.resource, given.role, granted.id, granted.reused, granted.created_at,
          greatest(given.created_at, as_whom.since)
        from accounts.grantees_v1 as_whom
        join accounts.grants given on given.grantee = as_whom.grantee
        join accounts.resources granted on granted.kind = given.kind and granted.name = given.resource
        where as_whom.person = person.name
      ) held
      group by held.kind, held.resource
    ) access
    where person.disabled_at is null);