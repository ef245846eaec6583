import { accountsRoutes } from "@rollerblade/client";
import { useSession } from "../../api/session.ts";
import { useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { GrantsPanel } from "../../parts/grants-panel.tsx";
import { WhoPanel } from "../../parts/who-panel.tsx";

/** Whose a dataset is, whom it is shared with, and who can see it and why. */
export const AccessTab = ({ dataset }: { readonly dataset: string }) => {
  const resource = { kind: "dataset", name: dataset } as const;
  const user = useSession().data?.user;
  const asked = useRoute(accountsRoutes.getResource, { params: resource });
  const own = useRoute(
    accountsRoutes.explainAccess,
    { body: { resources: [resource], ...(user?.name !== undefined && { principal: user.name }) } },
    { enabled: user?.name !== undefined },
  );
  const ways = own.data?.items.flatMap((one) => one.ways) ?? [];
  const isAdmin = user?.admin === true || ways.some(({ role }) => role === "owner" || role === "admin");
  return (
    <Answer asked={asked}>
      {({ owner }) => (
        <>
          <p>
            It belongs to <strong>{owner}</strong>.
          </p>
          <div className="panels">
            {isAdmin && <GrantsPanel resource={resource} />}
            <WhoPanel resource={resource} isAdmin={isAdmin} />
          </div>
        </>
      )}
    </Answer>
  );
};
