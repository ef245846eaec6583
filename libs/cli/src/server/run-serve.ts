import { Problem } from "@rollerblade/errors";
import { readSettings, type ServiceDefinition, startServices, stopOnSignals } from "@rollerblade/service-kit";
import { printMessage } from "../messages.ts";
import type { ServiceRegistry } from "../service-registry.ts";

/** `rollerblade serve SERVICE…`: runs these services against the servers that the environment names. */
export const runServe = async (registry: ServiceRegistry, names: readonly string[]): Promise<void> => {
  const settings = readSettings();
  const definitions = await loadNamed(registry, names);
  const running = await startServices(definitions, settings);
  for (const [name, url] of Object.entries(running.urls)) printMessage(`${name} listens at ${url}`);
  await stopOnSignals(running.stop, printMessage);
};

const loadNamed = (registry: ServiceRegistry, names: readonly string[]): Promise<ServiceDefinition[]> => {
  const known = new Map<string, () => Promise<ServiceDefinition>>(Object.entries(registry));
  return Promise.all(
    [...new Set(names)].map((name) => {
      const load = known.get(name);
      if (load === undefined) throw unknownService(name, [...known.keys()]);
      return load();
    }),
  );
};

const unknownService = (name: string, known: readonly string[]): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no service "${name}".`,
    subject: name,
    next: `The services are ${known.join(", ")}.`,
  });
