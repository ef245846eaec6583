-- Pins keep that somebody was in them who was deleted, and no longer who that was.
UPDATE "catalog"."pinned_scans" AS "pinned"
SET "subject" = "hidden"."subject", "facts_hash" = '',
  "path" = 'sub-' || "hidden"."subject" || '/~' || left(encode(sha256(convert_to("pinned"."path", 'UTF8')), 'hex'), 16),
  "session" = CASE WHEN "pinned"."session" = '' THEN ''
    ELSE '~' || left(encode(sha256(convert_to("pinned"."session", 'UTF8')), 'hex'), 16) END
FROM (
  SELECT "pin", "dataset", "path",
    '~' || left(encode(sha256(convert_to("dataset" || '/' || "subject", 'UTF8')), 'hex'), 16) AS "subject"
  FROM "catalog"."pinned_scans"
  WHERE NOT EXISTS (
    SELECT FROM "catalog"."pinned_facts" WHERE "pinned_facts"."facts_hash" = "pinned_scans"."facts_hash")) AS "hidden"
WHERE ("pinned"."pin", "pinned"."dataset", "pinned"."path") = ("hidden"."pin", "hidden"."dataset", "hidden"."path");
