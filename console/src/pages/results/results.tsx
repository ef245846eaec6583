import { catalogRoutes } from "@rollerblade/client";
import { lazy, Suspense } from "react";
import { client } from "../../api/client.ts";
import { useWholeList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { DatasetChoice } from "../../parts/dataset-choice.tsx";
import { useAddressState } from "../../parts/use-address-state.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { Waiting } from "../../parts/waiting.tsx";
import { Cards } from "./cards.tsx";
import { ContactSheet } from "./contact-sheet.tsx";

// The plots bring a library that the cards do not need.
const Metrics = lazy(() => import("./metrics.tsx"));

const views = [
  ["cards", "Cards"],
  ["sheet", "Contact sheet"],
  ["metrics", "Metrics"],
] as const;

const defaults = { dataset: "", view: "cards" } as const;

/** What the tags say of a dataset: as cards a person, as one sheet of pictures, and as plots of all people. */
const Results = () => {
  usePageTitle("Results");
  const [{ dataset, view }, change] = useAddressState(defaults);
  const asked = useWholeList(catalogRoutes.listDatasets.path, {}, (after) =>
    client.call(catalogRoutes.listDatasets, { query: { limit: 1_000, after } }),
  );
  return (
    <>
      <h1>Results</h1>
      <Answer asked={asked}>
        {({ items }) => {
          const name = dataset === "" ? (items[0]?.name ?? "") : dataset;
          return name === "" ? (
            <p>There is no dataset that you may read.</p>
          ) : (
            <>
              <form className="filters" onSubmit={(event) => event.preventDefault()}>
                <DatasetChoice datasets={items} value={name} onChange={(chosen) => change({ dataset: chosen })} />
                <label>
                  Shown as{" "}
                  <select value={view} onChange={({ target }) => change({ view: target.value })}>
                    {views.map(([key, title]) => (
                      <option key={key} value={key}>
                        {title}
                      </option>
                    ))}
                  </select>
                </label>
              </form>
              {view === "sheet" && <ContactSheet key={name} dataset={name} />}
              {view === "metrics" && (
                <Suspense fallback={<Waiting problem={null} />}>
                  <Metrics key={name} dataset={name} />
                </Suspense>
              )}
              {view === "cards" && <Cards key={name} dataset={name} />}
            </>
          );
        }}
      </Answer>
    </>
  );
};

export default Results;
