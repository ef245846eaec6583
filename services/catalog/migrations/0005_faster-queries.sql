DROP INDEX "catalog"."scans_session_suffix";--> statement-breakpoint
DROP INDEX "catalog"."scans_suffix";--> statement-breakpoint
CREATE INDEX "derivatives_analysis" ON "catalog"."derivatives" USING btree ("analysis","level","dataset","subject","session") WHERE state = 'in-force';--> statement-breakpoint
CREATE INDEX "scans_session_suffix" ON "catalog"."scans" USING btree ("dataset","subject","session","suffix","subject_age","session_age");--> statement-breakpoint
CREATE INDEX "scans_suffix" ON "catalog"."scans" USING btree ("suffix","dataset","path","subject_age","session_age");--> statement-breakpoint
-- Values of metadata that are rare, but not that rare, are seen in a larger sample only.
ALTER TABLE "catalog"."scans" ALTER COLUMN "metadata" SET STATISTICS 300;
