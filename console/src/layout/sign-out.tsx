import { accountsRoutes } from "@rollerblade/client";
import { useChange } from "../api/use-route.ts";

/** Ends the session of this browser. The page is then loaded anew, which has nothing in its memory of what was read in it. */
export const SignOut = () => {
  const signOut = useChange(accountsRoutes.endSessions, []);
  const end = async (): Promise<void> => {
    await signOut.mutateAsync({ body: {} });
    window.location.assign("/sign-in");
  };
  return (
    <button type="button" className="quiet" disabled={signOut.isPending} onClick={() => void end()}>
      Sign out
    </button>
  );
};
