import { join } from "node:path";
import type { Sandbox } from "../local/sandbox.ts";
import type { Room } from "../room.ts";
import { cleanEnvironment } from "./clean-environment.ts";
import { createCodeCheck } from "./code-check.ts";
import type { Environments } from "./environments/environments.ts";
import { killProcessAndGroup, processesBelow } from "./process-groups.ts";
import { surroundingsOf } from "./process-surroundings.ts";
import { createSpawnerClient } from "./spawner-client.ts";

/** Runs trusted local code as a process group of its own: clean environment, time-out, memory limit, own folders. */
export const createProcessSandbox = (scratch: string, capacity: Room, environments: Environments): Sandbox => {
  const spawner = createSpawnerClient();
  const check = createCodeCheck();
  return {
    kind: "process",
    capacity,
    outlivesUs: false,
    argvOf: (manifest) => manifest.process,
    pathsOf: (folder) => ({ in: folder.in, out: folder.out, work: folder.tmp }),
    async faultOfCode({ code, folder, manifest }) {
      const { python } = await surroundingsOf(environments, manifest, folder ?? "");
      return check(code, folder ?? "", python);
    },
    async run({ attempt, argv, folder, code, startIn, manifest, cpu, memory, timeout, traceparent }) {
      const { environment } = await surroundingsOf(environments, manifest, code ?? "");
      return spawner.run({
        attempt,
        argv,
        folder: folder.root,
        cwd: startIn === null ? (code ?? folder.tmp) : join(folder.out, startIn),
        env: cleanEnvironment({ ...folder, traceparent, cpu, memory, environment }),
        memory,
        timeout,
      });
    },
    // A process that was orphaned has lost its parent, and with it its exit code.
    adopt: async () => null,
    kill: async (attempt) => spawner.kill(attempt),
    follow: async (attempt) => spawner.follow(attempt),
    close: () => spawner.close(),
    present: async () => [...new Set(orphans(scratch).map(({ attempt }) => attempt))],
    async sweep(attempt) {
      for (const orphan of orphans(scratch)) if (orphan.attempt === attempt) killProcessAndGroup(orphan.pid);
    },
  };
};

/** Processes of attempts below our scratch folder, whoever started them: they carry their folder in the environment. */
const orphans = (scratch: string): { pid: number; attempt: string }[] =>
  processesBelow("ROLLERBLADE_OUT", scratch).map(({ pid, rest }) => ({ pid, attempt: rest.split("/")[0] ?? "" }));
