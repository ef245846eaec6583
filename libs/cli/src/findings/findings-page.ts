import { plural } from "../plural.ts";
import { escapeHtml } from "./escape-html.ts";

/** A finding as a report shows it. */
export type ShownFinding = {
  readonly severity: "error" | "warning";
  readonly rule: string;
  readonly file: string;
  readonly message: string;
  readonly advice: string;
  /** A link to the specification; anything else is not shown as one. */
  readonly section: string;
  /** When it was found, ISO 8601. */
  readonly foundAt?: string;
};

/** The heading of a page of findings. */
export type PageHead = {
  readonly dataset: string;
  /** ISO 8601. */
  readonly madeAt: string;
  readonly errors: number;
  readonly warnings: number;
};

/**
 * One page of HTML that needs nothing else: no script, no style sheet, no font. A rule is a group to be opened; what
 * comes from the dataset is text and nothing but text.
 */
export const findingsPage = function* (
  { dataset, madeAt, errors, warnings }: PageHead,
  findings: readonly ShownFinding[],
): Generator<string> {
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>Findings of ${escapeHtml(dataset)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>Findings of ${escapeHtml(dataset)}</h1>
<p>${escapeHtml(summaryOf(errors, warnings))}, as of <time datetime="${escapeHtml(madeAt)}">${escapeHtml(readable(madeAt))}</time>.</p>
</header>
<main>
`;
  if (findings.length === 0) yield "<p>Rollerblade found nothing wrong with this dataset.</p>\n";
  yield* part("error", "Errors", "BIDS forbids it, or nobody can read it.", findings);
  yield* part("warning", "Warnings", "BIDS recommends otherwise, or somebody will stumble over it.", findings);
  yield "</main>\n</body>\n</html>\n";
};

/** Counts findings in words: `2 errors and 1 warning`. */
export const summaryOf = (errors: number, warnings: number): string => {
  if (errors === 0 && warnings === 0) return "Nothing found";
  return `${plural(errors, "error")} and ${plural(warnings, "warning")}`;
};

const part = function* (
  severity: ShownFinding["severity"],
  title: string,
  meaning: string,
  findings: readonly ShownFinding[],
): Generator<string> {
  const own = findings.filter((finding) => finding.severity === severity);
  if (own.length === 0) return;
  yield `<section aria-labelledby="${severity}s">\n<h2 id="${severity}s">${title} <span class="count">${own.length}</span></h2>\n<p>${meaning}</p>\n`;
  const rules = [...Map.groupBy(own, ({ rule }) => rule)].sort(([, a], [, b]) => b.length - a.length);
  for (const [rule, of] of rules) yield* group(severity, rule, of, rules.length === 1);
  yield "</section>\n";
};

const group = function* (
  severity: ShownFinding["severity"],
  rule: string,
  findings: readonly ShownFinding[],
  open: boolean,
): Generator<string> {
  const [first] = findings;
  const link = first === undefined ? "" : linkTo(first.section);
  yield `<details class="${severity}"${open ? " open" : ""}>\n<summary><span class="rule">${escapeHtml(rule)}</span> <span class="count">${findings.length}</span></summary>\n`;
  yield `<p class="advice"><strong>What to do:</strong> ${escapeHtml(first?.advice ?? "")}${link}</p>\n`;
  yield `<table>\n<thead><tr><th scope="col">File</th><th scope="col">What is wrong</th></tr></thead>\n<tbody>\n`;
  for (const { file, message } of findings)
    yield `<tr><td><code>${escapeHtml(file === "" ? "(the dataset)" : file)}</code></td><td>${escapeHtml(message)}</td></tr>\n`;
  yield "</tbody>\n</table>\n</details>\n";
};

const linkTo = (section: string): string =>
  section.startsWith("https://bids-specification.readthedocs.io/")
    ? ` <a href="${escapeHtml(section)}" rel="noreferrer">BIDS specification</a>`
    : "";

const readable = (time: string): string => `${time.slice(0, 16).replace("T", " ")} UTC`;

const style = `
:root{color-scheme:light dark;--line:#8884;--error:#b3261e;--warning:#8a5a00}
@media(prefers-color-scheme:dark){:root{--error:#ff9d94;--warning:#f2c068}}
body{font:1rem/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1rem 1.5rem 4rem}
h1{font-size:1.6rem;margin-bottom:0}
h2{font-size:1.2rem;margin:2rem 0 0}
details{border:1px solid var(--line);border-left-width:.3rem;border-radius:.3rem;margin:.6rem 0;padding:0 1rem}
details.error{border-left-color:var(--error)}
details.warning{border-left-color:var(--warning)}
summary{cursor:pointer;padding:.6rem 0;font-weight:600}
.count{font-weight:400;border:1px solid var(--line);border-radius:1rem;padding:0 .6rem;font-size:.85rem}
table{border-collapse:collapse;width:100%;margin-bottom:1rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0;border-top:1px solid var(--line)}
code{font-family:ui-monospace,monospace;font-size:.9rem;overflow-wrap:anywhere;unicode-bidi:isolate}
td{overflow-wrap:anywhere}
@media print{details::details-content{content-visibility:visible}}
`;
