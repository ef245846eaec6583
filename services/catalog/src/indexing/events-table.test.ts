import { expect, test } from "vitest";
import { readEvents } from "./events-table.ts";

test.each([
  [
    "onset\tduration\ttrial_type\n0\t1\tmotor\n7.5\tn/a\taudio\n",
    { onset: [0, 7.5], duration: [1], trial_type: ["motor", "audio"] },
  ],
  ["onset\tduration\r\n", { onset: [], duration: [] }],
  ["", null],
])("the events of %j are %j", (text, events) => {
  expect(readEvents("events.tsv", new TextEncoder().encode(text))).toEqual(events === null ? null : { events });
});
