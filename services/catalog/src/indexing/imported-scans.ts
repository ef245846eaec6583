import type { MessageOf, Received } from "@rollerblade/events";
import type { Change } from "./change.ts";
import { type CheckTools, checkScanUploaded } from "./check-events.ts";
import { isAwaited, type Refusal } from "./refusal.ts";

type Uploaded = Received<"scan.uploaded">;

/** What came of checking one event of many scans. */
export type CheckedImport = {
  readonly event: Received<"scan.imported">;
  readonly changes: readonly Change[];
  /** Scans that are refused, or waited for no longer together: each goes on as an event of its own. */
  readonly refused: readonly Uploaded["message"][];
  /** Why the event has to be looked at again, if it has to. */
  readonly again: Refusal | null;
};

/** Checks the scans of an import, each as if it had been published alone. */
export const checkScanImported = async (
  event: Received<"scan.imported">,
  tools: CheckTools,
): Promise<CheckedImport> => {
  const events = alone(event);
  const checked = await Promise.all(events.map((one) => checkScanUploaded(one, tools)));
  const changes: Change[] = [];
  const refused: Uploaded["message"][] = [];
  let again: Refusal | null = null;
  for (const [index, one] of events.entries()) {
    const outcome = checked[index];
    if (outcome?.ok === true) changes.push({ ...outcome.value, event });
    else if (outcome !== undefined && isAwaited(event, outcome.refusal)) again = outcome.refusal;
    else refused.push(one.message);
  }
  return { event, changes, refused, again };
};

/** The events that announce the same one by one. */
const alone = (event: Received<"scan.imported">): Uploaded[] => {
  const { dataset, uploader, batch, scans }: MessageOf<"scan.imported"> = event.message;
  return scans.map(({ path, files }) => ({
    ...event,
    topic: "scan.uploaded",
    message: {
      $typeName: "rollerblade.events.v1.ScanUploaded",
      ...{ dataset, path, files, uploader },
      ...(batch === undefined ? {} : { batch }),
    },
  }));
};
