import { gatewayRoutes } from "@rollerblade/client";
import { implement, type ServiceContext } from "@rollerblade/service-kit";
import { type Search, searches } from "./search-each.ts";

/** Milliseconds after which a kind is answered as missing: somebody waits for the others with every letter that is typed. */
const timeoutMs = 2_000;

/** Looks for a text in all that somebody may see, by asking the services that know it in their name. */
export const serveSearch = (context: ServiceContext): void =>
  implement(context, gatewayRoutes.search, async ({ principal, query }) => {
    const asked = searches.map(async ([kind, search]) => {
      try {
        const found = search((service) => context.peer(service, principal), query);
        return { kind, hits: await within(found) };
      } catch (error) {
        context.log.warn({ err: error, kind }, "a kind of thing could not be searched");
        return { kind, hits: null };
      }
    });
    const answers = await Promise.all(asked);
    return {
      items: answers.flatMap(({ hits }) => hits ?? []),
      missing: answers.flatMap(({ kind, hits }) => (hits === null ? [kind] : [])),
    };
  });

/** @throws TimeoutError when it takes too long; what was begun ends by itself */
const within = async (found: ReturnType<Search>): ReturnType<Search> => {
  const timeout = AbortSignal.timeout(timeoutMs);
  const late = new Promise<never>((_, reject) => {
    timeout.addEventListener("abort", () => reject(timeout.reason), { once: true });
  });
  return Promise.race([found, late]);
};
