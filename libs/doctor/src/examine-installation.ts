import type { MigratedService } from "@rollerblade/database";
import type { CommonSettings } from "@rollerblade/service-kit";
import { checkBucket } from "./check-bucket.ts";
import { checkCluster } from "./check-cluster.ts";
import { checkDatabase } from "./check-database.ts";
import { checkNats } from "./check-nats.ts";
import { checkServices } from "./check-services.ts";
import { readClusterSettings } from "./cluster-settings.ts";
import type { Diagnosis } from "./diagnosis.ts";

/** What to examine. */
export type Examination = {
  /** The settings of one service: where the database, NATS, the bucket and the other services are. */
  readonly settings: CommonSettings;
  /** The schemas whose migrations should be applied. */
  readonly schemas: readonly MigratedService[];
  /** Whether a Pod may be started to see that images can be pulled. */
  readonly pods: boolean;
};

/**
 * Examines everything that the services need, all parts at once: PostgreSQL, NATS, the bucket, the services themselves,
 * and the cluster unless everything runs in one process. A part that cannot be examined is a bad diagnosis and no
 * exception.
 * @throws Problem `invalid` when the variables that describe the cluster cannot be read
 */
export const examineInstallation = async ({ settings, schemas, pods }: Examination): Promise<readonly Diagnosis[]> => {
  const { databaseUrl, natsUrl, natsReplicas, mode } = settings;
  const diagnoses = await Promise.all([
    checkDatabase(databaseUrl, schemas),
    checkNats(natsUrl, natsReplicas),
    checkBucket(settings),
    checkServices(settings),
    mode === "embedded" ? [] : checkCluster(readClusterSettings(), databaseUrl, { pods }),
  ]);
  return diagnoses.flat();
};
