import type { MigratedService } from "@rollerblade/database";
import type { ServiceRegistry } from "./service-registry.ts";

/** What the composition root hands in: no library may import a service or know where the examples lie. */
export type Installation = {
  /** The version of the package, as `--version` prints it. */
  readonly version: string;
  readonly services: ServiceRegistry;
  /** The tables of all services; known without loading them. */
  readonly schemas: readonly MigratedService[];
  /** The folder `examples`. */
  readonly examples: URL;
};
