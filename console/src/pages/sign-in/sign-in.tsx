import { gatewayRoutes, type IdentityIssuer } from "@rollerblade/client";
import { type FormEvent, useEffect, useState } from "react";
import { Navigate, useSearchParams } from "react-router";
import { client } from "../../api/client.ts";
import { useNewSession } from "../../api/session.ts";
import { ProblemNote } from "../../parts/problem-note.tsx";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { ownAddress } from "./own-address.ts";

type SignInProps = {
  readonly user: { readonly name: string } | null;
  readonly issuers: readonly IdentityIssuer[];
};

/** Signs in by the code of a link, at an issuer of identities, or with a password. */
export const SignIn = ({ user, issuers }: SignInProps) => {
  usePageTitle("Sign in");
  const [search] = useSearchParams();
  const next = ownAddress(search.get("next"));
  const link = useSignInByLink();
  if (link.isPending) return <p role="status">Signing in …</p>;
  if (user !== null) return <Navigate to={next} replace />;
  return (
    <main className="sign-in">
      <h1>Rollerblade</h1>
      {link.error !== null && <ProblemNote problem={link.error} />}
      {issuers.map(({ name, title }) => (
        <a
          key={name}
          className="button"
          href={`/v1/sign-in/issuers/${encodeURIComponent(name)}?returnTo=${encodeURIComponent(next)}`}
        >
          Sign in with {title}
        </a>
      ))}
      <PasswordForm />
    </main>
  );
};

/** The code behind `#`, used once: it is taken out of the address before it is sent, so that it is in no history. */
const takeCode = (): string | null => {
  const code = new URLSearchParams(window.location.hash.slice(1)).get("code");
  if (code !== null) window.history.replaceState(window.history.state, "", window.location.pathname);
  return code;
};

const useSignInByLink = () => {
  const begin = useNewSession();
  const [code] = useState(takeCode);
  const [isPending, setPending] = useState(code !== null);
  const [error, setError] = useState<Error | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a code is used once
  useEffect(() => {
    if (code === null) return;
    client
      .call(gatewayRoutes.signInByLink, { body: { code } })
      .then(begin)
      .catch((thrown: unknown) => setError(thrown instanceof Error ? thrown : new Error(String(thrown))))
      .finally(() => setPending(false));
  }, [code]);
  return { isPending, error };
};

const PasswordForm = () => {
  const begin = useNewSession();
  const [error, setError] = useState<Error | null>(null);
  const [isNew, setNew] = useState(false);
  const [isPending, setPending] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string): string => String(form.get(name) ?? "");
    setPending(true);
    try {
      const body = { name: text("name"), password: text("password"), cookie: true, label: "browser" };
      await client.call(gatewayRoutes.signIn, {
        body: isNew ? { ...body, newPassword: text("new-password") } : body,
      });
      await begin();
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    } finally {
      setPending(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <label>
        Name
        <input name="name" autoComplete="username" required />
      </label>
      <label>
        {isNew ? "One-time secret, or the password until now" : "Password"}
        <input name="password" type="password" autoComplete={isNew ? "one-time-code" : "current-password"} required />
      </label>
      {isNew && (
        <label>
          New password
          <input name="new-password" type="password" autoComplete="new-password" required />
        </label>
      )}
      <label className="check">
        <input type="checkbox" checked={isNew} onChange={({ target }) => setNew(target.checked)} />I have a one-time
        secret, or want another password
      </label>
      {error !== null && <ProblemNote problem={error} />}
      <button type="submit" disabled={isPending}>
        Sign in
      </button>
    </form>
  );
};
