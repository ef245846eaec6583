export { checkBucket } from "./check-bucket.ts";
export { checkRights } from "./check-cluster.ts";
export { checkDatabase } from "./check-database.ts";
export { checkImage } from "./check-image.ts";
export { checkNats } from "./check-nats.ts";
export { checkServices } from "./check-services.ts";
export { bad, type Diagnosis } from "./diagnosis.ts";
export { type Examination, examineInstallation } from "./examine-installation.ts";
