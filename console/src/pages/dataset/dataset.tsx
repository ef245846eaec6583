import { catalogRoutes } from "@rollerblade/client";
import { useParams } from "react-router";
import { useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { bytes, moment, plural } from "../../parts/format.ts";
import { type Tab, Tabs, useTab } from "../../parts/tabs.tsx";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { AccessTab } from "./access-tab.tsx";
import { FilesTab } from "./files-tab.tsx";
import { FindingsTab } from "./findings-tab.tsx";
import { ImportsTab } from "./imports-tab.tsx";
import { OverviewTab } from "./overview-tab.tsx";
import { SubjectsTab } from "./subjects-tab.tsx";

const tabs: readonly Tab[] = [
  { key: "overview", title: "Overview" },
  { key: "subjects", title: "Subjects" },
  { key: "findings", title: "Findings" },
  { key: "files", title: "Files" },
  { key: "access", title: "Access" },
  { key: "imports", title: "Imports" },
];

/** One dataset: what is in it, what is wrong with it, who may see it, and how it came here. */
const Dataset = () => {
  const { dataset: name = "" } = useParams();
  usePageTitle(name);
  const tab = useTab(tabs);
  const asked = useRoute(catalogRoutes.showDataset, { params: { dataset: name } });
  return (
    <Answer asked={asked} isPage>
      {(dataset) => (
        <section>
          <h1>{name}</h1>
          <p className="faint">
            {plural(dataset.subjects, "subject")}, {plural(dataset.sessions, "session")},{" "}
            {plural(dataset.scans, "scan")} in {plural(dataset.files, "file")} of {bytes(dataset.bytes)};{" "}
            {plural(dataset.derivatives, "derivative")} of {bytes(dataset.derivativeBytes)}; changed{" "}
            {moment(dataset.updatedAt)}
          </p>
          <Tabs label="Views of the dataset" tabs={tabs} open={tab} />
          {tab === "overview" && <OverviewTab dataset={dataset} />}
          {tab === "subjects" && <SubjectsTab dataset={name} />}
          {tab === "findings" && <FindingsTab dataset={name} />}
          {tab === "files" && <FilesTab dataset={name} />}
          {tab === "access" && <AccessTab dataset={name} />}
          {tab === "imports" && <ImportsTab dataset={name} />}
        </section>
      )}
    </Answer>
  );
};

export default Dataset;
