/** What a browser needs to list a dataset: nothing of it asks for Node. */
export { compareBytes } from "../compare-bytes.ts";
export { contextOf } from "./dataset-context.ts";
export { type LeftOutReason, leftOutReason } from "./left-out.ts";
export { type Sorted, sortListed } from "./sort-listed.ts";
