-- Numbers and chains a new row. The lock on the head makes transactions add their rows one after the other, so that numbers have no gaps. A
-- row that this very statement has added before stands ahead of the head, which moves once a statement: one version of it for each of some
-- hundred lines would be read again for every line after it.
CREATE OR REPLACE FUNCTION "accounts"."chain_audit"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
	head accounts.audit_head;
	ahead record;
BEGIN
	SELECT * INTO STRICT head FROM accounts.audit_head FOR UPDATE;
	SELECT sequence, hash INTO ahead FROM accounts.audit
		WHERE sequence > head.sequence AND xmin = pg_current_xact_id()::xid ORDER BY sequence DESC LIMIT 1;
	NEW.sequence := coalesce(ahead.sequence, head.sequence) + 1;
	NEW.previous_hash := coalesce(ahead.hash, head.hash);
	NEW.hash := accounts.audit_hash(NEW);
	RETURN NEW;
END $$;--> statement-breakpoint
-- Moves the head to the last row that a statement has added.
CREATE FUNCTION "accounts"."move_audit_head"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
	UPDATE accounts.audit_head AS head SET sequence = last.sequence, hash = last.hash
		FROM (SELECT sequence, hash FROM added ORDER BY sequence DESC LIMIT 1) AS last;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "audit_head" AFTER INSERT ON "accounts"."audit" REFERENCING NEW TABLE AS added
	FOR EACH STATEMENT EXECUTE FUNCTION "accounts"."move_audit_head"();
