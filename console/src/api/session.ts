import { gatewayRoutes } from "@rollerblade/client";
import { useQueryClient } from "@tanstack/react-query";
import { useRoute } from "./use-route.ts";

/** Who is signed in, and how one can sign in. */
export const useSession = () => useRoute(gatewayRoutes.showSignIn, {});

/** Forgets everything that was read as somebody, and asks who is signed in now. */
export const useNewSession = (): (() => Promise<void>) => {
  const queries = useQueryClient();
  return () => queries.resetQueries();
};
