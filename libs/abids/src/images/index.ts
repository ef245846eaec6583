export { hasImageHeader } from "./image-header.ts";
export { orientationOf } from "./orientation.ts";
export { type RawHeader, readRawHeader } from "./raw-header.ts";
