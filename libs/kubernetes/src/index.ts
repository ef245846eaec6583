export {
  type ClusterClient,
  type ClusterRequest,
  type ConnectOptions,
  connectCluster,
  type StreamRequest,
} from "./cluster-client.ts";
export { ClusterError, hasStatus } from "./cluster-error.ts";
export { type Right, rightText, routerRights, schedulerRights } from "./needed-rights.ts";
export { type Reflection, reflect } from "./reflect.ts";
export type { Wire } from "./wire.ts";
