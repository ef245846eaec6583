import { parentPort } from "node:worker_threads";
import type { FollowedLinks } from "./list-folder.ts";
import type {
  ClosedFolders,
  Inspected,
  Inspection,
  ListedPage,
  NotInspected,
  PlacedFile,
  Unreadable,
} from "./location.ts";
import { type Links, readFiles } from "./read-files.ts";
import { type Found, walk } from "./walk.ts";

/** What the worker is asked. A list is asked for page by page, so that it never runs ahead of whoever reads it. */
export type Order =
  | {
      readonly id: number;
      readonly kind: "read";
      readonly root: string;
      readonly links: Links;
      readonly requests: readonly Inspection[];
    }
  | {
      readonly id: number;
      readonly kind: "list";
      readonly root: string;
      readonly closed: ClosedFolders;
      readonly links: FollowedLinks;
      readonly list: number;
    }
  | { readonly id: number; readonly kind: "stop"; readonly list: number };

/** What it answers; a list that is at its end is null. */
export type Answer = { readonly id: number } & (
  | { readonly read: readonly (Inspected | NotInspected)[] }
  | { readonly page: ListedPage | null }
  | { readonly error: string; readonly code: string }
);

/** Files of one page. */
const pageSize = 5_000;

const lists = new Map<number, Iterator<Found>>();

const nextPage = (order: Extract<Order, { kind: "list" }>): ListedPage | null => {
  const known = lists.get(order.list);
  const found = known ?? walk(order.root, order.closed, order.links);
  lists.set(order.list, found);
  const files: PlacedFile[] = [];
  const faults: Unreadable[] = [];
  const closed: string[] = [];
  while (files.length < pageSize && faults.length + closed.length < pageSize) {
    const next = found.next();
    if (next.done === true) {
      lists.set(order.list, [].values());
      return files.length + faults.length + closed.length === 0 ? null : { files, faults, closed };
    }
    if (next.value.kind === "file") files.push(next.value.file);
    else if (next.value.kind === "fault") faults.push(next.value.fault);
    else closed.push(next.value.path);
  }
  return { files, faults, closed };
};

const answerTo = (order: Order): Answer => {
  try {
    if (order.kind === "read") return { id: order.id, read: readFiles(order.root, order.links, order.requests) };
    if (order.kind === "list") return { id: order.id, page: nextPage(order) };
    lists.delete(order.list);
    return { id: order.id, page: null };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return { id: order.id, error: error instanceof Error ? error.message : String(error), code };
  }
};

parentPort?.on("message", (order: Order) => parentPort?.postMessage(answerTo(order)));
