import { type LiveEvent, schedulerRoutes } from "@rollerblade/client";
import type { ServiceContext } from "@rollerblade/service-kit";
import { type Viewer, visibleTo } from "./visible-to.ts";

/** Whether somebody may see an event; of runs and tasks the scheduler is asked in their name. */
export const maySee = async ({ peer }: ServiceContext, viewer: Viewer, event: LiveEvent): Promise<boolean> => {
  const visibility = visibleTo(viewer, event);
  if (typeof visibility === "string") return visibility === "yes";
  try {
    const scheduler = peer("scheduler", { name: viewer.name, admin: viewer.admin });
    if ("askAboutRun" in visibility)
      await scheduler.call(schedulerRoutes.showRun, { params: { id: visibility.askAboutRun } });
    else await scheduler.call(schedulerRoutes.showTask, { params: { id: visibility.askAboutTask } });
    return true;
  } catch {
    // Not theirs, or nobody knows: then it is not shown.
    return false;
  }
};
