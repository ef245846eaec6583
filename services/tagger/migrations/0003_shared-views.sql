CREATE VIEW "tagger"."results_v1" AS (
    select tag.document, tag.name as tag, applied.owner, made.datasets, made.level, made.dataset, made.subject, made.session, made.scan,
      result.value
    from tagger.derivatives made
    join tagger.results result on result.derivative = made.id
    join tagger.tags tag on tag.document = result.document and tag.name = result.tag and tag.show = result.show
    join tagger.documents applied on applied.name = tag.document
    where result.ready and result.value <> 'null'::jsonb);--> statement-breakpoint
CREATE VIEW "tagger"."tags_v1" AS (
    select tag.document, tag.name as tag, applied.owner, tag.datasets, tag.title, tag.show ->> 'kind' as kind, tag.show ->> 'unit' as unit
    from tagger.tags tag join tagger.documents applied on applied.name = tag.document);