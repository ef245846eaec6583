import { lazy, Suspense } from "react";
import { matchPath, Navigate, Route, Routes, useLocation } from "react-router";
import { useSession } from "./api/session.ts";
import { Layout } from "./layout/layout.tsx";
import { pages } from "./pages/pages.ts";
import { SignIn } from "./pages/sign-in/sign-in.tsx";
import { NotFound } from "./parts/not-found.tsx";
import { Waiting } from "./parts/waiting.tsx";

const routes = pages.map(({ path, load }) => ({ path, Page: lazy(load) }));

// The code of the page that is opened comes while it is asked who is signed in.
void pages.find(({ path }) => matchPath(path, window.location.pathname) !== null)?.load();

/** Every view is an address: the path says what is shown, the query how it is filtered and sorted. */
export const App = () => {
  const { data, failureReason } = useSession();
  const { pathname, search } = useLocation();
  if (data === undefined) return <Waiting problem={failureReason} />;
  if (pathname === "/sign-in") return <SignIn user={data.user} issuers={data.issuers} />;
  if (data.user === null)
    return <Navigate to={`/sign-in?next=${encodeURIComponent(`${pathname}${search}`)}`} replace />;
  return (
    <Layout user={data.user}>
      <Suspense fallback={<Waiting problem={null} />}>
        <Routes>
          {routes.map(({ path, Page }) => (
            <Route key={path} path={path} element={<Page />} />
          ))}
          <Route path="*" element={<NotFound />} />
        </Routes>
      </Suspense>
    </Layout>
  );
};
