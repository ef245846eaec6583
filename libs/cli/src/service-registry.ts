import type { ServiceDefinition, ServiceName } from "@rollerblade/service-kit";

/** How to load each service. The composition root hands it in, because no library may import a service. */
export type ServiceRegistry = Readonly<Record<ServiceName, () => Promise<ServiceDefinition>>>;

/** Loads all services. */
export const loadAll = (registry: ServiceRegistry): Promise<ServiceDefinition[]> =>
  Promise.all(Object.values(registry).map((load) => load()));
