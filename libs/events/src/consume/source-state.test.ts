import { expect, test } from "vitest";
import { nextState, type SourceEvent, type SourceState } from "./source-state.ts";

const opening: SourceState<string> = { is: "opening", failures: 2 };
const open: SourceState<string> = { is: "open", messages: "first" };
const disconnected: SourceState<string> = { is: "lost", until: "reconnected", failures: 2 };
const failed: SourceState<string> = { is: "lost", until: "retried", failures: 3 };
const closed: SourceState<string> = { is: "closed" };

const opened: SourceEvent<string> = { type: "opened", messages: "second" };

const table: readonly (readonly [string, SourceState<string>, SourceEvent<string>, SourceState<string>])[] = [
  ["an answer opens it", opening, opened, { is: "open", messages: "second" }],
  ["a failure counts, and waits for a retry", opening, { type: "failed" }, failed],
  ["what is asked while the connection breaks waits for the next one", opening, { type: "disconnected" }, disconnected],
  ["what was asked before a reconnection is asked again", opening, { type: "reconnected" }, opening],
  ["a retry asks again, and remembers the failures", failed, { type: "retried" }, { is: "opening", failures: 3 }],
  ["a connection that is back needs no delay", failed, { type: "reconnected" }, { is: "opening", failures: 3 }],
  [
    "a delay that is over is not a connection",
    { is: "lost", until: "reconnected", failures: 3 },
    { type: "retried" },
    { is: "lost", until: "reconnected", failures: 3 },
  ],
  [
    "a connection that breaks during the delay is waited for",
    failed,
    { type: "disconnected" },
    { ...disconnected, failures: 3 },
  ],
  ["a connection that is back opens it again", disconnected, { type: "reconnected" }, opening],
  ["a fault of the pull opens a new one at once", open, { type: "fault" }, { is: "opening", failures: 0 }],
  ["an open pull that fails waits for a retry", open, { type: "failed" }, { ...failed, failures: 1 }],
  ["a pull that ends is replaced", open, { type: "ended" }, { is: "opening", failures: 0 }],
  ["an open pull does not outlive its connection", open, { type: "disconnected" }, { ...disconnected, failures: 0 }],
  [
    "a reconnection whose break was not seen opens it again",
    open,
    { type: "reconnected" },
    { is: "opening", failures: 0 },
  ],
];

test.each(table)("%s", (_sentence, state, event, next) => {
  expect(nextState(state, event)).toEqual(next);
});

const unchanged: readonly (readonly [string, SourceState<string>, SourceEvent<string>])[] = [
  ["an answer that comes too late", open, opened],
  ["an answer after the connection broke", disconnected, opened],
  ["a failure after the connection broke", disconnected, { type: "failed" }],
  ["the fault of a pull that is closed already", opening, { type: "fault" }],
  ["the end of a pull whose connection broke", disconnected, { type: "ended" }],
  ["a second break", disconnected, { type: "disconnected" }],
];

test.each(unchanged)("%s changes nothing", (_sentence, state, event) => {
  expect(nextState(state, event)).toBe(state);
});

test("stopping closes every state, and nothing opens a closed one", () => {
  for (const state of [opening, open, disconnected, failed, closed]) {
    expect(nextState(state, { type: "stopped" })).toEqual(closed);
  }
  const events: SourceEvent<string>[] = [opened, { type: "failed" }, { type: "retried" }, { type: "reconnected" }];
  for (const event of events) expect(nextState(closed, event)).toBe(closed);
});
