export { importBidsApp } from "./from-bids-app.ts";
export { type ImportOptions, importBoutiques } from "./from-boutiques.ts";
export type { Imported } from "./imported.ts";
