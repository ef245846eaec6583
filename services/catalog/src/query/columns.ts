import type { SqlColumns } from "@rollerblade/query";

/** Where the fields of the query language lie in `catalog.scans`, called `s`. */
export const scanColumns: SqlColumns = {
  "dataset.name": { text: "s.dataset", type: "text" },
  "subject.label": { text: "s.subject", type: "text" },
  subject: { text: "s.subject_attributes", type: "json" },
  "session.label": { text: "nullif(s.session, '')", type: "text" },
  session: { text: "s.session_attributes", type: "json" },
  "scan.path": { text: "s.path", type: "text" },
  "scan.datatype": { text: "s.datatype", type: "text" },
  "scan.suffix": { text: "s.suffix", type: "text" },
  "scan.extension": { text: "s.extension", type: "text" },
  "scan.entities": { text: "s.entities", type: "json" },
  "file.path": { text: "case when s.sha256 is not null then s.path end", type: "text" },
  "file.extension": { text: "case when s.sha256 is not null then s.extension end", type: "text" },
  "file.size": { text: "case when s.sha256 is not null then s.size end", type: "number" },
  "file.sha256": { text: "s.sha256", type: "text" },
  metadata: { text: "s.metadata", type: "json" },
};
