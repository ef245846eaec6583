CREATE TABLE "accounts"."audit_anchor" (
	"id" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"sequence" bigint DEFAULT 0 NOT NULL,
	"hash" text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "accounts"."audit_head" (
	"id" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"sequence" bigint DEFAULT 0 NOT NULL,
	"hash" text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "accounts"."transfer_offers" (
	"resource_id" uuid PRIMARY KEY NOT NULL,
	"offered_by" text NOT NULL,
	"offered_to" text NOT NULL,
	"offered_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
DROP VIEW "accounts"."access_v1";--> statement-breakpoint
ALTER TABLE "accounts"."audit" ADD COLUMN "outcome" text DEFAULT 'allowed' NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts"."audit" ADD COLUMN "address" text;--> statement-breakpoint
ALTER TABLE "accounts"."audit" ADD COLUMN "trace_id" text;--> statement-breakpoint
ALTER TABLE "accounts"."audit" ADD COLUMN "sequence" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts"."audit" ADD COLUMN "previous_hash" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts"."audit" ADD COLUMN "hash" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts"."grants" ADD COLUMN "expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "accounts"."grants" ADD COLUMN "reason" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts"."transfer_offers" ADD CONSTRAINT "transfer_offers_resource_id_resources_id_fk" FOREIGN KEY ("resource_id") REFERENCES "accounts"."resources"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "accounts"."transfer_offers" ADD CONSTRAINT "transfer_offers_offered_to_users_name_fk" FOREIGN KEY ("offered_to") REFERENCES "accounts"."users"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "transfer_offers_offered_to" ON "accounts"."transfer_offers" USING btree ("offered_to");--> statement-breakpoint
CREATE INDEX "audit_time" ON "accounts"."audit" USING btree ("time");--> statement-breakpoint
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
        where as_whom.person = person.name and (given.expires_at is null or given.expires_at > now())
      ) held
      group by held.kind, held.resource
    ) access
    where person.disabled_at is null);--> statement-breakpoint
INSERT INTO "accounts"."audit_head" DEFAULT VALUES;--> statement-breakpoint
INSERT INTO "accounts"."audit_anchor" DEFAULT VALUES;--> statement-breakpoint
ALTER TABLE "accounts"."audit_head" ADD CONSTRAINT "audit_head_one_row" CHECK (id);--> statement-breakpoint
ALTER TABLE "accounts"."audit_anchor" ADD CONSTRAINT "audit_anchor_one_row" CHECK (id);--> statement-breakpoint
-- The hash of a row: of everything in it and of the hash before it. JSON delimits the values, so that no two rows give one text.
CREATE FUNCTION "accounts"."audit_hash"(line "accounts"."audit") RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
	SELECT encode(sha256(convert_to(jsonb_build_array(line.previous_hash, line.sequence, line.id, extract(epoch FROM line.time)::text, line.actor,
		line.action, line.subject, line.details, line.outcome, line.address, line.trace_id)::text, 'UTF8')), 'hex')
$$;--> statement-breakpoint
-- Numbers and chains a new row. The lock on the head makes transactions add their rows one after the other, so that numbers have no gaps.
CREATE FUNCTION "accounts"."chain_audit"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	head accounts.audit_head;
BEGIN
	SELECT * INTO STRICT head FROM accounts.audit_head FOR UPDATE;
	NEW.sequence := head.sequence + 1;
	NEW.previous_hash := head.hash;
	NEW.hash := accounts.audit_hash(NEW);
	UPDATE accounts.audit_head SET sequence = NEW.sequence, hash = NEW.hash;
	RETURN NEW;
END $$;--> statement-breakpoint
-- Refuses to change a row, and to delete one that no anchor covers.
CREATE FUNCTION "accounts"."keep_audit"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		IF OLD.sequence <= (SELECT sequence FROM accounts.audit_anchor) THEN RETURN OLD; END IF;
	END IF;
	RAISE EXCEPTION 'accounts.audit is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;--> statement-breakpoint
-- Deletes the rows from before a time, leaves the last hash of them as the anchor of the chain, and records that it did. The youngest 30 days
-- always stay, so that whoever can call it cannot hide what they have just done.
CREATE FUNCTION "accounts"."prune_audit"(cutoff timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	last accounts.audit;
	removed bigint;
BEGIN
	IF NOT has_table_privilege(session_user, 'accounts.audit', 'INSERT') THEN
		RAISE EXCEPTION 'only the service accounts may prune the audit' USING ERRCODE = 'insufficient_privilege';
	END IF;
	PERFORM FROM accounts.audit_head FOR UPDATE;
	SELECT * INTO last FROM accounts.audit
		WHERE sequence < coalesce(
			(SELECT min(sequence) FROM accounts.audit WHERE time >= least(cutoff, now() - interval '30 days')),
			(SELECT sequence + 1 FROM accounts.audit_head))
		ORDER BY sequence DESC LIMIT 1;
	IF last.id IS NULL THEN RETURN 0; END IF;
	UPDATE accounts.audit_anchor SET sequence = last.sequence, hash = last.hash;
	DELETE FROM accounts.audit WHERE sequence <= last.sequence;
	GET DIAGNOSTICS removed = ROW_COUNT;
	INSERT INTO accounts.audit (id, actor, action, subject, details) VALUES (gen_random_uuid(), 'service', 'audit.pruned', 'audit',
		jsonb_build_object('through', last.sequence, 'hash', last.hash, 'rows', removed));
	RETURN removed;
END $$;--> statement-breakpoint
-- Rows from before the chain get their places in it in the order in which they were written.
DO $$
DECLARE
	line accounts.audit;
	head accounts.audit_head;
BEGIN
	SELECT * INTO STRICT head FROM accounts.audit_head;
	FOR line IN SELECT * FROM accounts.audit ORDER BY id LOOP
		line.sequence := head.sequence + 1;
		line.previous_hash := head.hash;
		head.sequence := line.sequence;
		head.hash := accounts.audit_hash(line);
		UPDATE accounts.audit SET sequence = head.sequence, previous_hash = line.previous_hash, hash = head.hash WHERE id = line.id;
	END LOOP;
	UPDATE accounts.audit_head SET sequence = head.sequence, hash = head.hash;
END $$;--> statement-breakpoint
ALTER TABLE "accounts"."audit" ADD CONSTRAINT "audit_sequence" UNIQUE("sequence");--> statement-breakpoint
CREATE TRIGGER "audit_chain" BEFORE INSERT ON "accounts"."audit" FOR EACH ROW EXECUTE FUNCTION "accounts"."chain_audit"();--> statement-breakpoint
CREATE TRIGGER "audit_keep" BEFORE UPDATE OR DELETE ON "accounts"."audit" FOR EACH ROW EXECUTE FUNCTION "accounts"."keep_audit"();--> statement-breakpoint
CREATE TRIGGER "audit_keep_all" BEFORE TRUNCATE ON "accounts"."audit" FOR EACH STATEMENT EXECUTE FUNCTION "accounts"."keep_audit"();
