import type { ServiceContext } from "@rollerblade/service-kit";
import type { SchedulerConfig } from "./config.ts";
import type { SchedulerMetrics } from "./metrics.ts";

/** What every part of the scheduler works with. */
export type Scheduler = ServiceContext<SchedulerConfig> & {
  /** Names this running process in leases; see `replica.ts`. */
  readonly replica: string;
  readonly metrics: SchedulerMetrics;
};
