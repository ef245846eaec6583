import { countEntries, type Plan } from "./plan.ts";

/** The JSON document of a plan: everything that `--json`, `--report` and the HTTP API state of it. No text that was taken out is in it. */
export const planDocument = ({ entries, findings, judgement, removals, work, documents, unread }: Plan) => ({
  counts: countEntries(entries),
  images: work.map(({ image }) => image.path),
  documents: [...documents.keys()],
  ...{ entries, findings, bids: judgement, removed: removals, judgedAfterConversion: unread },
});
