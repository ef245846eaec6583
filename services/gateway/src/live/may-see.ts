import { catalogRoutes, type LiveEvent, schedulerRoutes } from "@rollerblade/client";
import type { ServiceContext } from "@rollerblade/service-kit";
import { type Viewer, visibleTo } from "./visible-to.ts";

/** Whether somebody may see an event; the service that knows what it is made from is asked in their name. */
export const maySee = async (
  { peer }: Pick<ServiceContext, "peer">,
  viewer: Viewer,
  event: LiveEvent,
): Promise<boolean> => {
  const visibility = visibleTo(viewer, event);
  if (typeof visibility === "string") return visibility === "yes";
  const ask = (service: "catalog" | "scheduler") => peer(service, viewer);
  try {
    if ("askAboutRun" in visibility)
      await ask("scheduler").call(schedulerRoutes.showRun, { params: { id: visibility.askAboutRun } });
    else if ("askAboutTask" in visibility)
      await ask("scheduler").call(schedulerRoutes.showTask, { params: { id: visibility.askAboutTask } });
    else
      await ask("catalog").call(catalogRoutes.showDerivative, {
        params: { derivative: visibility.askAboutDerivative },
      });
    return true;
  } catch {
    // Not theirs, or nobody knows: then it is not shown.
    return false;
  }
};
