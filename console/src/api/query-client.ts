import { Problem } from "@rollerblade/errors";
import { QueryClient } from "@tanstack/react-query";

/** Whether a service is away, or too much was asked at once: what passes by itself. */
export const isPassing = (error: unknown): boolean =>
  error instanceof Problem ? ["unavailable", "too-many-requests"].includes(error.code) : error instanceof TypeError;

/** Milliseconds between two tries while a service is away: soon enough that a page goes on by itself, and no load for who comes back. */
const retryDelayMs = 2_000;

/**
 * What the API has answered. While a service is away, what was read stays, and is asked for until it answers. Events say what has changed, so
 * nothing is asked again only because time has passed.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (_count, error) => isPassing(error),
      retryDelay: retryDelayMs,
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // A browser that takes itself for offline may be beside its server.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});
