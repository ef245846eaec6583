const types: Readonly<Record<string, string>> = {
  json: "application/json",
  tsv: "text/tab-separated-values; charset=utf-8",
  csv: "text/csv; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  md: "text/plain; charset=utf-8",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  svg: "image/svg+xml",
  pdf: "application/pdf",
  gz: "application/gzip",
};

/** The media type of an object by its extension: what a front end shows, and nothing that a browser would run as a page. */
export const contentTypeOf = (key: string): string =>
  types[key.slice(key.lastIndexOf(".") + 1).toLowerCase()] ?? "application/octet-stream";
