export { sealCursor } from "../cursors.ts";
export {
  createAccessTable,
  type GrantRow,
  insertGrant,
  serviceClient,
  serviceKeyVariables,
  serviceToken,
  testSettings,
  type WorldServers,
} from "./service-world.ts";
