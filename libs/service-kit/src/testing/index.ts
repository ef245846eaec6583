export {
  createAccessTable,
  type GrantRow,
  insertGrant,
  serviceToken,
  testSettings,
  type WorldServers,
} from "./service-world.ts";
