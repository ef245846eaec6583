/**
 * The Content-Security-Policy of the console's page: scripts are those of this server and no others, none of them in the page itself and none
 * out of a text. Styles may stand in the page, since the editor and the components of React Aria write some. Scans are loaded from here or from
 * the bucket; NiiVue starts its worker from a `blob:` of its own. Reports of analyses are shown in frames, each in a sandbox.
 * @param fileOrigins where files lie beside this server
 */
export const pagePolicy = (fileOrigins: readonly string[]): string => {
  const files = ["'self'", ...fileOrigins].join(" ");
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    `img-src ${files} data: blob:`,
    `connect-src ${files}`,
    "font-src 'self'",
    "worker-src 'self' blob:",
    `frame-src ${files}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
};
