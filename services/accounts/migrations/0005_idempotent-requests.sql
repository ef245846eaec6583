CREATE TABLE "accounts"."idempotent_requests" (
	"principal" text NOT NULL,
	"key_hash" text NOT NULL,
	"request_hash" text NOT NULL,
	"attempt" uuid NOT NULL,
	"begun_at" timestamp with time zone DEFAULT now() NOT NULL,
	"lease_until" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"status" integer,
	"answer" text,
	CONSTRAINT "idempotent_requests_principal_key_hash_pk" PRIMARY KEY("principal","key_hash")
);
--> statement-breakpoint
CREATE INDEX "idempotent_requests_expires_at" ON "accounts"."idempotent_requests" USING btree ("expires_at");--> statement-breakpoint
-- Begins a change, or tells what became of it: `begun` for who may do it now, `running` while another does, `done` with the answer,
-- `other` where the key was sent with another request. What nobody handles any more is begun anew, under the time of its first beginning.
CREATE FUNCTION "accounts"."begin_request_v1"(who text, hash text, asked text, lease_seconds int)
RETURNS TABLE (state text, status int, answer text, attempt uuid, begun_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_column
begin
  return query
    insert into accounts.idempotent_requests as known (principal, key_hash, request_hash, attempt, lease_until, expires_at)
    values (who, hash, asked, gen_random_uuid(), now() + make_interval(secs => lease_seconds), now() + interval '24 hours')
    on conflict (principal, key_hash) do update set
      request_hash = excluded.request_hash, attempt = excluded.attempt, lease_until = excluded.lease_until,
      begun_at = case when known.expires_at <= now() then now() else known.begun_at end,
      expires_at = case when known.expires_at <= now() then excluded.expires_at else known.expires_at end,
      status = null, answer = null
    where known.expires_at <= now()
      or known.status is null and known.lease_until <= now() and known.request_hash = excluded.request_hash
    returning 'begun', null::int, null::text, known.attempt, known.begun_at;
  if not found then
    return query
      select case when known.request_hash <> asked then 'other' when known.status is null then 'running' else 'done' end,
        known.status, known.answer, null::uuid, known.begun_at
      from accounts.idempotent_requests known where known.principal = who and known.key_hash = hash;
  end if;
end
$$;--> statement-breakpoint
CREATE FUNCTION "accounts"."renew_request_v1"(who text, hash text, of_attempt uuid, lease_seconds int)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  update accounts.idempotent_requests set lease_until = now() + make_interval(secs => lease_seconds)
  where principal = who and key_hash = hash and attempt = of_attempt and status is null
$$;--> statement-breakpoint
CREATE FUNCTION "accounts"."end_request_v1"(who text, hash text, of_attempt uuid, answered int, with_answer text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  update accounts.idempotent_requests set status = answered, answer = with_answer
  where principal = who and key_hash = hash and attempt = of_attempt and status is null
$$;--> statement-breakpoint
-- Gives a change up that was refused (`forgotten`), or that failed and may have been done in part.
CREATE FUNCTION "accounts"."release_request_v1"(who text, hash text, of_attempt uuid, forgotten boolean)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  update accounts.idempotent_requests set lease_until = now()
  where principal = who and key_hash = hash and attempt = of_attempt and status is null and not forgotten;
  delete from accounts.idempotent_requests
  where principal = who and key_hash = hash and attempt = of_attempt and status is null and forgotten
$$;
