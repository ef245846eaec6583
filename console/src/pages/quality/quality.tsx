import { catalogRoutes } from "@rollerblade/client";
import { client } from "../../api/client.ts";
import { useSession } from "../../api/session.ts";
import { useWholeList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { DatasetChoice } from "../../parts/dataset-choice.tsx";
import { useAddressState } from "../../parts/use-address-state.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { Board } from "./board.tsx";

const defaults = { dataset: "", suffix: "T1w", only: "" } as const;

/** A board of pictures to rate: each rating is a derivative of its image, so that rules and tags can ask for it. */
const Quality = () => {
  usePageTitle("Quality control");
  const [{ dataset, suffix, only }, change] = useAddressState(defaults);
  const asked = useWholeList(catalogRoutes.listDatasets.path, {}, (after) =>
    client.call(catalogRoutes.listDatasets, { query: { limit: 1_000, after } }),
  );
  const rater = useSession().data?.user?.name;
  return (
    <>
      <h1>Quality control</h1>
      <Answer asked={asked}>
        {({ items }) => {
          const name = dataset === "" ? (items[0]?.name ?? "") : dataset;
          return (
            <>
              <form className="filters" onSubmit={(event) => event.preventDefault()}>
                <DatasetChoice datasets={items} value={name} onChange={(chosen) => change({ dataset: chosen })} />
                <label>
                  Kind of scan{" "}
                  <input value={suffix} onChange={({ target }) => change({ suffix: target.value.trim() })} />
                </label>
                <label>
                  Show{" "}
                  <select value={only} onChange={({ target }) => change({ only: target.value })}>
                    <option value="">all</option>
                    <option value="unrated">only what you have not rated</option>
                    <option value="doubtful">only what somebody did not pass</option>
                  </select>
                </label>
              </form>
              {name === "" || rater === undefined ? (
                <p>There is no dataset that you may read.</p>
              ) : (
                <Board key={`${name} ${suffix}`} dataset={name} suffix={suffix} only={only} rater={rater} />
              )}
            </>
          );
        }}
      </Answer>
    </>
  );
};

export default Quality;
