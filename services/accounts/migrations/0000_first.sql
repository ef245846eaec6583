CREATE SCHEMA IF NOT EXISTS "accounts";
--> statement-breakpoint
CREATE TABLE "accounts"."audit" (
	"id" uuid PRIMARY KEY NOT NULL,
	"time" timestamp with time zone DEFAULT now() NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "accounts"."grants" (
	"kind" text NOT NULL,
	"resource" text NOT NULL,
	"grantee" text NOT NULL,
	"role" text NOT NULL,
	"granted_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "grants_kind_resource_grantee_pk" PRIMARY KEY("kind","resource","grantee"),
	CONSTRAINT "grants_role" CHECK ("accounts"."grants"."role" in ('viewer', 'runner', 'contributor', 'admin'))
);
--> statement-breakpoint
CREATE TABLE "accounts"."inbox" (
	"consumer" text NOT NULL,
	"event_id" text NOT NULL,
	"handled_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "inbox_consumer_event_id_pk" PRIMARY KEY("consumer","event_id")
);
--> statement-breakpoint
CREATE TABLE "accounts"."outbox" (
	"id" uuid PRIMARY KEY NOT NULL,
	"sequence" bigint GENERATED ALWAYS AS IDENTITY (sequence name "accounts"."outbox_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"topic" text NOT NULL,
	"subject" text NOT NULL,
	"dataset" text,
	"body" "bytea" NOT NULL,
	"traceparent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "accounts"."resources" (
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"owner" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "resources_kind_name_pk" PRIMARY KEY("kind","name")
);
--> statement-breakpoint
CREATE TABLE "accounts"."tokens" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_name" text NOT NULL,
	"hash" text NOT NULL,
	"label" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "tokens_hash" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "accounts"."users" (
	"name" text PRIMARY KEY NOT NULL,
	"display_name" text DEFAULT '' NOT NULL,
	"admin" boolean DEFAULT false NOT NULL,
	"kind" text DEFAULT 'person' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"disabled_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "accounts"."grants" ADD CONSTRAINT "grants_kind_resource_resources_kind_name_fk" FOREIGN KEY ("kind","resource") REFERENCES "accounts"."resources"("kind","name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "accounts"."resources" ADD CONSTRAINT "resources_owner_users_name_fk" FOREIGN KEY ("owner") REFERENCES "accounts"."users"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "accounts"."tokens" ADD CONSTRAINT "tokens_user_name_users_name_fk" FOREIGN KEY ("user_name") REFERENCES "accounts"."users"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_subject" ON "accounts"."audit" USING btree ("subject","id");--> statement-breakpoint
CREATE INDEX "grants_grantee" ON "accounts"."grants" USING btree ("grantee");--> statement-breakpoint
CREATE INDEX "inbox_handled_at" ON "accounts"."inbox" USING btree ("handled_at");--> statement-breakpoint
CREATE INDEX "outbox_unpublished" ON "accounts"."outbox" USING btree ("sequence") WHERE "accounts"."outbox"."published_at" is null;--> statement-breakpoint
CREATE INDEX "outbox_created_at" ON "accounts"."outbox" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "resources_owner" ON "accounts"."resources" USING btree ("owner");--> statement-breakpoint
CREATE INDEX "tokens_user" ON "accounts"."tokens" USING btree ("user_name");--> statement-breakpoint
CREATE VIEW "accounts"."access_v1" AS (
    select token.hash as token_hash, person.name as principal, person.admin, access.kind, access.resource, access.role
    from accounts.users person
    left join accounts.tokens token
      on token.user_name = person.name
      and token.revoked_at is null
      and (token.expires_at is null or token.expires_at > now())
    cross join lateral (
      select null::text as kind, null::text as resource, null::text as role
      union all
      select held.kind, held.resource,
        (array['viewer', 'runner', 'contributor', 'admin'])[
          max(array_position(array['viewer', 'runner', 'contributor', 'admin'], held.role))
        ]
      from (
        select kind, name as resource, 'admin' as role from accounts.resources where owner = person.name
        union all
        select kind, resource, role from accounts.grants where grantee = person.name
        union all
        select kind, resource, role from accounts.grants where grantee = 'everyone'
      ) held
      group by held.kind, held.resource
    ) access
    where person.disabled_at is null);