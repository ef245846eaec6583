import { catalogRoutes, type RouteOutput } from "@rollerblade/client";
import { Link } from "react-router";
import { useRoute } from "../../api/use-route.ts";
import { queryAddress } from "../../parts/addresses.ts";
import { Answer } from "../../parts/answer.tsx";
import type { Bar } from "../../parts/bar.ts";
import { Bars } from "../../parts/bars.tsx";
import { celText } from "../../parts/cel.ts";
import { FieldList } from "../../parts/field-list.tsx";

type Shown = RouteOutput<typeof catalogRoutes.showDataset>;

/** Fields by which a dataset is counted; one that it does not have is left out. */
const counted = [
  { field: "scan.datatype", title: "Scans by datatype", of: "scans" },
  { field: "scan.suffix", title: "Scans by suffix", of: "scans" },
  { field: "subject.sex", title: "Subjects by sex", of: "subjects" },
  { field: "subject.site", title: "Subjects by site", of: "subjects" },
] as const;

/** What a dataset says of itself, and counts of what is in it. */
export const OverviewTab = ({ dataset }: { readonly dataset: Shown }) => {
  const fields = useRoute(catalogRoutes.listFields, { query: { dataset: dataset.name, prefix: "subject." } });
  const known = new Set(fields.data?.items.map(({ name }) => name));
  return (
    <div className="panels flow">
      <section className="panel" aria-labelledby="overview-description">
        <h2 id="overview-description">Description</h2>
        {dataset.source !== null && (
          <p>
            Derived from <Link to={`/datasets/${dataset.source}`}>{dataset.source}</Link>.
          </p>
        )}
        <FieldList values={dataset.description} />
      </section>
      {counted
        .filter(({ field }) => !field.startsWith("subject.") || known.has(field))
        .map((one) => (
          <section className="panel" key={one.field}>
            <Counts dataset={dataset.name} {...one} />
          </section>
        ))}
      <section className="panel">
        <Bars caption="Subjects by age in years" bars={decades(dataset.ages)} />
      </section>
    </div>
  );
};

const Counts = ({ dataset, field, title, of }: (typeof counted)[number] & { readonly dataset: string }) => {
  const asked = useRoute(catalogRoutes.countQuery, { body: { datasets: [dataset], by: [field], limit: 50 } });
  return (
    <Answer asked={asked}>
      {({ items }) => (
        <Bars
          caption={title}
          bars={items.map(({ values: [value], ...counts }): Bar => {
            const label = value === null || value === undefined ? "unknown" : String(value);
            const condition = typeof value === "string" ? `${field} == ${celText(value)}` : "";
            const expression = `dataset.name == ${celText(dataset)} && ${condition}`;
            return { label, value: counts[of], ...(condition === "" ? {} : { to: queryAddress({ expression }) }) };
          })}
        />
      )}
    </Answer>
  );
};

/** Ages in steps of ten years; unknown ones last. */
const decades = (ages: Shown["ages"]): Bar[] => {
  const counts = new Map<number | null, number>();
  for (const { age, subjects } of ages) {
    const decade = age === null ? null : Math.floor(age / 10) * 10;
    counts.set(decade, (counts.get(decade) ?? 0) + subjects);
  }
  return [...counts]
    .toSorted(([a], [b]) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY))
    .map(([decade, value]) => ({ label: decade === null ? "unknown" : `${decade}–${decade + 9}`, value }));
};
