import { accountsRoutes } from "@rollerblade/client";
import { useNavigate } from "react-router";
import { useNewSession } from "../api/session.ts";
import { useChange } from "../api/use-route.ts";

/** Ends the session of this browser, and forgets what was read in it. */
export const SignOut = () => {
  const navigate = useNavigate();
  const forget = useNewSession();
  const signOut = useChange(accountsRoutes.endSessions, []);
  const end = async (): Promise<void> => {
    await signOut.mutateAsync({ body: {} });
    navigate("/sign-in");
    await forget();
  };
  return (
    <button type="button" className="quiet" disabled={signOut.isPending} onClick={() => void end()}>
      Sign out
    </button>
  );
};
