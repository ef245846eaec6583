import { catalogRoutes } from "@rollerblade/client";
import { useEffect, useMemo, useState } from "react";
import { Link } from "react-router";
import { client } from "../../api/client.ts";
import { moreOf, useList } from "../../api/use-route.ts";
import { scanAddress } from "../../parts/addresses.ts";
import { Answer } from "../../parts/answer.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { plural } from "../../parts/format.ts";
import { Picture } from "../../parts/picture.tsx";
import { SliceLink } from "../../parts/slice-link.tsx";
import { useAddressState } from "../../parts/use-address-state.ts";
import { MetricPlot } from "./metric-plot.tsx";
import { type MetricPoint, numericTags, pointsCsv, pointsOf } from "./metric-points.ts";
import { useResults } from "./use-results.ts";

/** Against what a metric is plotted. */
const axes = ["age", "session", "sex"] as const;

const defaults = { tag: "", against: "age", from: "", to: "" } as const;

/** People of one page of the query that gives ages and sexes. */
const pageSize = 1_000;

/** One metric of all people: a plot, in which a stretch can be chosen, and the table of what is chosen. */
const Metrics = ({ dataset }: { readonly dataset: string }) => {
  const [{ tag, against, from, to }, change] = useAddressState(defaults);
  const results = useResults(dataset);
  const people = useList(catalogRoutes.runQuery.path, { dataset, of: "people" }, (after) =>
    client.call(catalogRoutes.runQuery, {
      body: { datasets: [dataset], level: "session", columns: ["subject.age", "subject.sex"], limit: pageSize, after },
    }),
  );
  useEffect(() => {
    if (people.hasNextPage && !people.isFetchingNextPage) void people.fetchNextPage();
  }, [people]);
  const tags = numericTags(results.items);
  const [chosen, title] = tags.find(([name]) => name === tag) ?? tags[0] ?? ["", ""];
  const axis = axes.find((one) => one === against) ?? "age";
  const points = useMemo(() => pointsOf(results.items, chosen, people.items), [results.items, chosen, people.items]);
  const selected = points.filter(
    ({ value }) => (from === "" || value >= Number(from)) && (to === "" || value <= Number(to)),
  );
  return (
    <Answer asked={results}>
      {() =>
        chosen === "" ? (
          <p className="empty">No tag of {dataset} is a number.</p>
        ) : (
          <>
            <form className="filters" onSubmit={(event) => event.preventDefault()}>
              <label>
                Metric{" "}
                <select value={chosen} onChange={({ target }) => change({ tag: target.value, from: "", to: "" })}>
                  {tags.map(([name, text]) => (
                    <option key={name} value={name}>
                      {text}
                    </option>
                  ))}
                </select>
              </label>
              <label>
                Against{" "}
                <select value={axis} onChange={({ target }) => change({ against: target.value })}>
                  {axes.map((one) => (
                    <option key={one}>{one}</option>
                  ))}
                </select>
              </label>
              <label>
                From{" "}
                <input
                  type="number"
                  step="any"
                  value={from}
                  onChange={({ target }) => change({ from: target.value })}
                />
              </label>
              <label>
                To <input type="number" step="any" value={to} onChange={({ target }) => change({ to: target.value })} />
              </label>
              <Download points={selected} name={title} />
            </form>
            <MetricPlot
              points={points}
              title={title}
              axis={axis}
              selected={new Set(selected.map(({ id }) => id))}
              onSelect={(low, high) => change({ from: String(low), to: String(high) })}
            />
            <p role="status">{plural(selected.length, "value")} chosen.</p>
            <DataTable
              label={title}
              columns={columns}
              items={selected}
              keyOf={({ id }) => id}
              total={selected.length}
              onMore={moreOf(results)}
              isReading={results.isFetchingNextPage}
              empty="No value is chosen."
            />
            <ChosenPictures points={selected} />
          </>
        )
      }
    </Answer>
  );
};

/** Pictures that are shown of what is chosen: a screen of them. */
const maxPictures = 12;

/** The scans that the chosen values are about, so that an odd value is seen for what it is. */
const ChosenPictures = ({ points }: { readonly points: readonly MetricPoint[] }) => {
  const scans = new Map(points.flatMap(({ slice }) => (slice.scan === null ? [] : [[slice.scan, slice] as const])));
  if (scans.size === 0) return null;
  return (
    <section aria-labelledby="chosen-pictures">
      <h2 id="chosen-pictures">Scans of what is chosen</h2>
      <ul className="sheet">
        {[...scans].slice(0, maxPictures).map(([scan, { dataset }]) => (
          <li key={scan}>
            <Picture dataset={dataset} path={scan} />
            <Link to={scanAddress(dataset, scan)}>{scan.split("/").at(-1)}</Link>
          </li>
        ))}
      </ul>
      {scans.size > maxPictures && <p className="faint">{plural(scans.size - maxPictures, "scan")} more.</p>}
    </section>
  );
};

const columns: readonly Column<MetricPoint>[] = [
  { key: "slice", title: "Of", width: "minmax(14rem, 2fr)", cell: ({ slice }) => <SliceLink slice={slice} /> },
  { key: "age", title: "Age", isNumber: true, cell: ({ age }) => age ?? "–" },
  { key: "sex", title: "Sex", cell: ({ sex }) => sex ?? "–" },
  { key: "value", title: "Value", isNumber: true, cell: ({ value }) => value },
];

/** What is chosen as a file. Its address is made when it is wanted, and worth nothing afterwards. */
const Download = ({ points, name }: { readonly points: readonly MetricPoint[]; readonly name: string }) => {
  const [address, setAddress] = useState<string>();
  useEffect(() => () => (address === undefined ? undefined : URL.revokeObjectURL(address)), [address]);
  const make = (): void => setAddress(URL.createObjectURL(new Blob([pointsCsv(name, points)], { type: "text/csv" })));
  return address === undefined ? (
    <button type="button" className="quiet" onClick={make}>
      Make CSV
    </button>
  ) : (
    <a className="button" href={address} download={`${name.replace(/[^\w-]+/g, "-")}.csv`}>
      Save CSV
    </a>
  );
};

export default Metrics;
