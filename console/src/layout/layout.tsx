import type { ReactNode } from "react";
import { Link, NavLink } from "react-router";
import { useLive } from "../api/use-live.ts";
import { RunningImports } from "../importing/running-imports.tsx";
import { ErrorBoundary } from "../parts/error-boundary.tsx";
import { LiveSign } from "./live-sign.tsx";
import { navigation } from "./navigation.ts";
import { SearchButton } from "./search-button.tsx";
import { SignOut } from "./sign-out.tsx";

/** What is around every page: the navigation, the search, who is signed in, and whether events come in. */
export const Layout = ({
  user,
  children,
}: {
  readonly user: { readonly name: string; readonly admin: boolean };
  readonly children: ReactNode;
}) => {
  const live = useLive();
  return (
    <div className="layout">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="bar">
        <Link className="brand" to="/">
          Rollerblade
        </Link>
        <SearchButton />
        <span className="spacer" />
        <LiveSign state={live} />
        <span className="who">
          {user.name}
          {user.admin ? " (administrator)" : ""}
        </span>
        <SignOut />
      </header>
      <nav aria-label="Pages" className="navigation">
        <ul>
          {navigation.map(({ to, title }) => (
            <li key={to}>
              <NavLink to={to} end={to === "/"}>
                {title}
              </NavLink>
            </li>
          ))}
        </ul>
      </nav>
      <main id="content" tabIndex={-1}>
        <RunningImports />
        <ErrorBoundary>{children}</ErrorBoundary>
      </main>
    </div>
  );
};
