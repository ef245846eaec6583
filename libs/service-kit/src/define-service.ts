import type { z } from "zod";
import type { ServiceContext } from "./service-context.ts";
import type { ServiceName } from "./service-name.ts";

/** The tables that a service alone writes. */
export type ServiceDatabase = {
  readonly schema: string;
  /** The folder that `npm run migration` writes to. */
  readonly migrations: URL;
};

/** A service as a value: the same runs alone in a Pod or with all others in one process. */
export type ServiceDefinition<Config extends z.ZodObject = z.ZodObject> = {
  readonly name: ServiceName;
  /** Its own settings; `sweepSeconds` comes from `ROLLERBLADE_<SERVICE>_SWEEP_SECONDS`, so numbers need `z.coerce`. */
  readonly config: Config;
  readonly database: ServiceDatabase | null;
  /** Registers routes, handlers and periodic work. The kit listens, consumes and begins periodic work only after it has returned. */
  start(context: ServiceContext<z.output<Config>>): Promise<void> | void;
};

/** Declares a service and keeps the type of its settings. */
export const defineService = <Config extends z.ZodObject>(
  definition: ServiceDefinition<Config>,
): ServiceDefinition<Config> => definition;
