export { drainOutput } from "./drain-output.ts";
export type { Installation } from "./installation.ts";
export { runCommandLine } from "./run-command-line.ts";
export type { ServiceRegistry } from "./service-registry.ts";
