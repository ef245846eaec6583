import { catalogRoutes } from "@rollerblade/client";
import { Link } from "react-router";
import { useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { bytes, plural } from "../../parts/format.ts";

/** The datasets that one may read, in short. */
export const DatasetsPanel = () => {
  const datasets = useRoute(catalogRoutes.listDatasets, { query: { limit: 10 } });
  return (
    <section className="panel" aria-labelledby="home-datasets">
      <h2 id="home-datasets">Datasets</h2>
      <Answer asked={datasets}>
        {({ items, next }) => (
          <>
            <ul className="rows">
              {items.map((dataset) => (
                <li key={dataset.name}>
                  <Link to={`/datasets/${dataset.name}`}>{dataset.name}</Link>{" "}
                  <span className="faint">
                    {plural(dataset.subjects, "subject")}, {plural(dataset.scans, "scan")},{" "}
                    {plural(dataset.derivatives, "derivative")}, {bytes(dataset.bytes + dataset.derivativeBytes)}
                  </span>
                </li>
              ))}
            </ul>
            {items.length === 0 && <p>There is no dataset that you may read.</p>}
            {next !== null && <Link to="/datasets">All datasets</Link>}
          </>
        )}
      </Answer>
    </section>
  );
};
