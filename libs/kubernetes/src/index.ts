export { type ClusterAddress, readClusterAddress } from "./cluster-address.ts";
export { type ClusterClient, type ClusterRequest, createClusterClient } from "./cluster-client.ts";
export { ClusterError, hasStatus } from "./cluster-error.ts";
export { type Right, rightText, routerRights, schedulerRights } from "./needed-rights.ts";
export { type Reflection, reflect } from "./reflect.ts";
