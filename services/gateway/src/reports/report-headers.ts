/** Media types of what reports are made of, by extension. Anything else is bytes, which no browser runs. */
const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  htm: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  woff: "font/woff",
  woff2: "font/woff2",
  ttf: "font/ttf",
  json: "application/json",
  txt: "text/plain; charset=utf-8",
  md: "text/plain; charset=utf-8",
  tsv: "text/plain; charset=utf-8",
  csv: "text/plain; charset=utf-8",
  pdf: "application/pdf",
};

/** Where a file is shown. */
export type ShownFile = {
  readonly path: string;
  /** Host and port, and the folder of the ticket with `/` at its end: `brains.example.org/reports/TICKET/`. */
  readonly place: string;
  /** Whether a page has framed it, by `Sec-Fetch-Dest`, which no script can set. */
  readonly isFramed: boolean;
};

/**
 * The headers of a file of a report. It is anybody's HTML: the sandbox gives it an origin of its own, so that it is no page of this
 * server, whatever its address; and it may load what lies beside it and nothing else, so that it takes nothing out.
 *
 * Scripts run where the page is framed, since the frames of the console lead to reports only (`frame-src`); a script in a window of its own
 * could lead that window elsewhere, with what it has read in the address.
 */
export const reportHeaders = ({ path, place, isFramed }: ShownFile): Record<string, string> => ({
  "content-type": types[path.slice(path.lastIndexOf(".") + 1).toLowerCase()] ?? "application/octet-stream",
  "content-security-policy": [
    isFramed ? "sandbox allow-scripts" : "sandbox",
    "default-src 'none'",
    ...(isFramed ? [`script-src 'unsafe-inline' ${place}`] : []),
    `style-src 'unsafe-inline' ${place}`,
    `img-src data: blob: ${place}`,
    `font-src data: ${place}`,
    `object-src ${place}`,
    `frame-src ${place}`,
    "form-action 'none'",
    "base-uri 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "cache-control": "private, no-store",
  "referrer-policy": "no-referrer",
  // The origin of the sandbox is none, so all that it loads comes from elsewhere; the ticket in the address is what one needs.
  "cross-origin-resource-policy": "cross-origin",
  "access-control-allow-origin": "*",
});
