export { attachment } from "./attachment.ts";
export type { FollowedLinks } from "./location/list-folder.ts";
export type {
  ClosedFolders,
  Inspected as InspectedFile,
  ListedPage,
  Location,
  NotInspected,
  PlacedFile,
  Unreadable,
} from "./location/location.ts";
export { openLocation } from "./location/open-location.ts";
export { removeMount, writeMount } from "./mounts/mounts.ts";
export { checkKey } from "./object-key.ts";
export { type LinkMethod, type ObjectLink, signLink, verifyLink } from "./object-link.ts";
export type {
  Body,
  ByteRange,
  Inspected,
  Inspection,
  LinkOptions,
  ListedObject,
  ObjectHead,
  ObjectStore,
  PutOptions,
  Stored,
} from "./object-store.ts";
export { type OpenOptions, openObjectStore } from "./open-object-store.ts";
