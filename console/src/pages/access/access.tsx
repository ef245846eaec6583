import type { ComponentType } from "react";
import { Link } from "react-router";
import { useSession } from "../../api/session.ts";
import { useAddressState } from "../../parts/use-address-state.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { Audit } from "./audit.tsx";
import { Groups } from "./groups.tsx";
import { People } from "./people.tsx";
import { Shared } from "./shared.tsx";
import { Tokens } from "./tokens.tsx";

type Part = {
  readonly key: string;
  readonly title: string;
  readonly Part: ComponentType;
  readonly forAdministrators?: true;
};

const parts: readonly Part[] = [
  { key: "shared", title: "What is shared", Part: Shared },
  { key: "groups", title: "Groups", Part: Groups },
  { key: "tokens", title: "Tokens", Part: Tokens },
  { key: "people", title: "People", Part: People, forAdministrators: true },
  { key: "audit", title: "Audit", Part: Audit },
];

const defaults = { part: "shared" } as const;

/** Who may do what: grants, groups, tokens, people, and what they did. */
const Access = () => {
  usePageTitle("Access");
  const [{ part }] = useAddressState(defaults);
  const session = useSession();
  const isAdmin = session.data?.user?.admin === true;
  const shown = parts.filter(({ forAdministrators }) => isAdmin || forAdministrators !== true);
  const Current = shown.find(({ key }) => key === part)?.Part ?? Shared;
  return (
    <>
      <h1>Access</h1>
      <nav aria-label="Parts of access" className="tabs">
        {shown.map(({ key, title }) => (
          <Link key={key} to={`?part=${key}`} aria-current={key === part ? "page" : undefined}>
            {title}
          </Link>
        ))}
      </nav>
      <Current />
    </>
  );
};

export default Access;
