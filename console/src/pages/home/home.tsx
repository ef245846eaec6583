import { usePageTitle } from "../../parts/use-page-title.ts";
import { DatasetsPanel } from "./datasets-panel.tsx";
import { DecisionsPanel } from "./decisions-panel.tsx";
import { NewsPanel } from "./news-panel.tsx";
import { RunsPanel } from "./runs-panel.tsx";

/** What concerns one now: runs, what waits for a decision, and what there is. */
const Home = () => {
  usePageTitle("");
  return (
    <>
      <h1>Home</h1>
      <div className="panels">
        <RunsPanel />
        <DecisionsPanel />
        <NewsPanel />
        <DatasetsPanel />
      </div>
    </>
  );
};

export default Home;
