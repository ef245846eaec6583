CREATE TABLE "catalog"."pictures" (
	"dataset" text NOT NULL,
	"sha256" text NOT NULL,
	"webp" "bytea",
	"problem" text DEFAULT '' NOT NULL,
	"made_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "pictures_dataset_sha256_pk" PRIMARY KEY("dataset","sha256")
);
