import { newEventId, type Received, topics } from "@rollerblade/events";
import { contextFromTraceparent } from "@rollerblade/telemetry";
import { expect, test } from "vitest";
import { failureOf, isAwaited, isReported, type Refusal } from "./refusal.ts";

const replaced: Refusal = { why: "it has another hash than announced", mayPass: true };
const wrong: Refusal = { why: "it is not BIDS", mayPass: false };

const common = { id: newEventId(), dataset: "d", cause: contextFromTraceparent(""), time: new Date() };

const uploaded = (kind: "service" | "team", delivery: number): Received<"scan.uploaded"> => ({
  ...common,
  topic: "scan.uploaded",
  message: topics["scan.uploaded"].decode(new Uint8Array()),
  publisher: { kind, name: "ingest" },
  delivery,
});

const imported = (delivery: number): Received<"scan.imported"> => ({
  ...common,
  topic: "scan.imported",
  message: topics["scan.imported"].decode(new Uint8Array()),
  publisher: { kind: "service", name: "ingest" },
  delivery,
});

test("what a service announced and something newer may have replaced is waited for over minutes", () => {
  const deliveries = Array.from({ length: 12 }, (_, at) => failureOf(uploaded("service", at + 1), replaced));
  expect(deliveries.map(({ kind }) => kind)).toEqual([...Array<string>(11).fill("retryable"), "permanent"]);
  const waitedMs = deliveries.reduce((sum, { delay }) => sum + (delay ?? 0), 0);
  expect(waitedMs).toBeGreaterThan(180_000);
  expect(waitedMs).toBeLessThan(300_000);
});

test("what a team announced is given up after seconds", () => {
  const kinds = [1, 2, 3].map((delivery) => failureOf(uploaded("team", delivery), replaced).kind);
  expect(kinds).toEqual(["retryable", "retryable", "permanent"]);
});

test("what nothing explains is refused at once, and holds back no other scan of its event", () => {
  expect(failureOf(uploaded("service", 1), wrong).kind).toBe("permanent");
  expect(isAwaited(imported(1), wrong)).toBe(false);
});

test("many scans of one event wait together for seconds only", () => {
  expect([1, 2, 3].map((delivery) => isAwaited(imported(delivery), replaced))).toEqual([true, true, false]);
});

test("people see after seconds what is looked at again for minutes", () => {
  expect([2, 3, 11, 12].map((delivery) => isReported(uploaded("service", delivery), replaced))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(isReported(uploaded("team", 3), replaced)).toBe(false);
});
