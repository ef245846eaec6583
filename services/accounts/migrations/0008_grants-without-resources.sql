DROP VIEW "accounts"."access_v1";--> statement-breakpoint
CREATE VIEW "accounts"."access_v1" AS (
    select token.hash as token_hash, person.name as principal, person.admin, access.kind, access.resource, access.role,
      access.resource_id, access.begun_at, access.since, token.scope, token.kind as credential,
      case when token.limited then token.id end as limited_token
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
        left join accounts.resources granted on granted.kind = given.kind and granted.name = given.resource
        where as_whom.person = person.name and (given.expires_at is null or given.expires_at > now())
      ) held
      group by held.kind, held.resource
    ) access
    where person.disabled_at is null);