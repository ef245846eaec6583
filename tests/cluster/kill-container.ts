import { z } from "zod";
import { isOwn, kubectl } from "../../tools/test-cluster/kubectl.ts";
import { askRuntime } from "../../tools/test-cluster/node-runtime.ts";

const listed = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({ containerStatuses: z.array(z.object({ containerID: z.string() })).min(1) }),
    }),
  ),
});

/** Kills the one server behind a label by SIGKILL, as a node would for want of memory; elsewhere its Pod, without grace. */
export const killServer = async (selector: string): Promise<void> => {
  const answer = await kubectl([
    "--namespace",
    "rollerblade",
    "get",
    "pods",
    "--selector",
    selector,
    "--output",
    "json",
  ]);
  const [pod] = listed.parse(JSON.parse(answer)).items;
  if (pod === undefined) throw new Error(`There is no Pod of ${selector}.`);
  const id = pod.status.containerStatuses[0]?.containerID.replace("containerd://", "") ?? "";
  if (isOwn()) await askRuntime("tasks", "kill", "--signal", "SIGKILL", id);
  else await kubectl(["--namespace", "rollerblade", "delete", "pod", pod.metadata.name, "--grace-period=0", "--force"]);
};
