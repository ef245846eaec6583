export { attachment } from "./attachment.ts";
export { checkKey } from "./object-key.ts";
export { type LinkMethod, type ObjectLink, signLink, verifyLink } from "./object-link.ts";
export type {
  Body,
  ByteRange,
  LinkOptions,
  ListedObject,
  ObjectHead,
  ObjectStore,
  PutOptions,
  Stored,
} from "./object-store.ts";
export { type OpenOptions, openObjectStore } from "./open-object-store.ts";
