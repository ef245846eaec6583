ALTER TABLE "catalog"."derivatives" ADD COLUMN "outdated" boolean DEFAULT false NOT NULL;--> statement-breakpoint
UPDATE "catalog"."derivatives" d SET "outdated" = true WHERE d.state = 'in-force' AND d.id IN (
	WITH RECURSIVE wrong(id) AS (
		SELECT s.derivative FROM "catalog"."derivative_sources" s
		LEFT JOIN "catalog"."files" f ON f.dataset = s.dataset AND f.path = s.path
		LEFT JOIN "catalog"."derivatives" made ON made.dataset = s.dataset AND made.path = s.path AND made.state = 'in-force'
		WHERE f.sha256 <> s.sha256 OR starts_with(s.path, 'derivatives/') AND made.sha256 IS DISTINCT FROM s.sha256
		UNION
		SELECT s.derivative FROM wrong JOIN "catalog"."derivatives" made ON made.id = wrong.id
		JOIN "catalog"."derivative_sources" s ON s.dataset = made.dataset AND s.path = made.path AND s.sha256 = made.sha256)
	SELECT id FROM wrong);
