import type { ServiceContext } from "@rollerblade/service-kit";
import type { SchedulerConfig } from "./config.ts";
import type { SchedulerMetrics } from "./metrics.ts";

/**
 * All that the scheduler is made from. Only `index.ts` and what creates parts of it (`create-…`, `open-…`) take it whole; every other
 * function takes the few members that it uses.
 */
export type Scheduler = ServiceContext<SchedulerConfig> & {
  /** Names this running process in leases; see `replica.ts`. */
  readonly replica: string;
  readonly metrics: SchedulerMetrics;
};
