import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { processStatus } from "./process-groups.ts";
import { createGroupRunner } from "./run-group.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "run-group-")));
mkdirSync(join(folder, "out"));
afterAll(() => rmSync(folder, { recursive: true }));

describe.runIf(process.platform === "linux")("processes that leave the group of their attempt", () => {
  test.each([
    ["keeps its output and nothing else", "env -i setsid sh -c 'cd /; exec sleep 300' </dev/null & echo $!"],
    [
      "stands in the attempt's folder",
      "cd $ROLLERBLADE_OUT/..; env -i setsid sleep 300 </dev/null >/dev/null 2>&1 & echo $!",
    ],
    [
      "has a file of the attempt open",
      "env -i setsid sh -c 'cd /; exec sleep 300' </dev/null >$ROLLERBLADE_OUT/../log 2>&1 & echo $!",
    ],
    ["has the attempt's environment", "cd /; setsid sleep 300 </dev/null >/dev/null 2>&1 & echo $!"],
  ])("one that %s ends with it", async (_what, script) => {
    const exit = await createGroupRunner().run(
      {
        attempt: "one",
        argv: ["sh", "-c", `${script}; sleep 0.3`],
        folder,
        cwd: "/",
        env: { PATH: "/usr/bin:/bin", ROLLERBLADE_OUT: join(folder, "out") },
        memory: 2 ** 30,
        timeout: 30,
      },
      () => {},
    );
    expect(exit).toMatchObject({ how: "exited", exitCode: 0 });
    const pid = Number(exit.log.trim());
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => processStatus(pid)).toBeUndefined();
  });
});
