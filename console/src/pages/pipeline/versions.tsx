import { routerRoutes } from "@rollerblade/client";
import { client } from "../../api/client.ts";
import { useList } from "../../api/use-route.ts";
import { moment } from "../../parts/format.ts";
import { MoreButton } from "../../parts/more-button.tsx";

/** Texts that are or were in force under the name of a document, the newest first. */
export const useVersions = (name: string) =>
  useList(routerRoutes.listPipelineVersions.path, { name }, (after) =>
    client.call(routerRoutes.listPipelineVersions, { params: { name }, query: { after } }),
  );

type VersionsProps = {
  readonly versions: ReturnType<typeof useVersions>;
  /** The revision that is in force. */
  readonly current: number;
  readonly onOpen: (revision: string) => void;
};

/** The history of a document: each text can be opened in the editor, planned, and applied again. */
export const Versions = ({ versions, current, onOpen }: VersionsProps) => (
  <section aria-labelledby="pipeline-versions">
    <h3 id="pipeline-versions">History</h3>
    <ol className="rows">
      {versions.items.map(({ revision, appliedAt, appliedBy }) => (
        <li key={revision}>
          Revision {revision}, applied {moment(appliedAt)} by {appliedBy}{" "}
          {revision === current ? (
            <span className="faint">in force</span>
          ) : (
            <button type="button" className="quiet" onClick={() => onOpen(String(revision))}>
              Open revision {revision}
            </button>
          )}
        </li>
      ))}
    </ol>
    <MoreButton list={versions}>Earlier ones</MoreButton>
  </section>
);
