import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import {
  killGroup,
  listProcesses,
  parseStat,
  processesBelow,
  proportionalOf,
  residentByGroup,
} from "./process-groups.ts";

test.each([
  ["4 (sh) S 1 3 3 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 100 1000 25 18446", { pid: 4, group: 3, resident: 25 * 4096 }],
  [
    "4 (a) b) R) S 1 3 3 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 100 1000 25 18446",
    { pid: 4, group: 3, resident: 25 * 4096 },
  ],
  ["", undefined],
])("%s", (text, expected) => {
  expect(parseStat(text)).toEqual(expected);
});

test.runIf(process.platform === "linux")(
  "a group is found with its memory and by its environment, and ends as one",
  async () => {
    const folder = `/nowhere/${process.pid}`;
    const child = spawn("sh", ["-c", "sleep 30 & sleep 30"], {
      detached: true,
      env: { PATH: "/usr/bin:/bin", OUT: `${folder}/a/out` },
    });
    const group = child.pid ?? 0;
    await expect.poll(() => listProcesses().filter((process) => process.group === group).length).toBe(3);
    expect(residentByGroup(listProcesses()).get(group)).toBeGreaterThan(0);
    // Three shells share the pages of their program and libraries.
    const processes = listProcesses();
    const proportional = proportionalOf(group, processes);
    expect(proportional).toBeGreaterThan(0);
    expect(proportional).toBeLessThan((residentByGroup(processes).get(group) ?? 0) * 0.8);
    expect(new Set(processesBelow("OUT", folder).map(({ rest }) => rest))).toEqual(new Set(["a/out"]));
    const ended = once(child, "exit");
    killGroup(group, "SIGKILL");
    await ended;
    await expect.poll(() => listProcesses().filter((process) => process.group === group).length).toBe(0);
  },
);
