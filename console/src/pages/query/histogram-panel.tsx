import { catalogRoutes } from "@rollerblade/client";
import { useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { Bars } from "../../parts/bars.tsx";
import { FieldInput } from "../../parts/field-input.tsx";
import { binned } from "./binned.ts";

type HistogramPanelProps = { readonly expression: string; readonly by: string; readonly onBy: (field: string) => void };

/** How what was found is distributed over the values of a field. */
export const HistogramPanel = ({ expression, by, onBy }: HistogramPanelProps) => {
  const asked = useRoute(
    catalogRoutes.countQuery,
    { body: { expression, by: [by], limit: 10_000 } },
    { enabled: by !== "", keep: true },
  );
  return (
    <section className="panel" aria-labelledby="query-histogram">
      <h2 id="query-histogram">Distribution</h2>
      <FieldInput label="Field" value={by} onChange={onBy} />
      <Answer asked={asked}>
        {({ items, next }) => (
          <>
            <Bars
              caption={`Scans by ${by}`}
              bars={binned(items.map(({ values: [value], scans }) => ({ value: value ?? null, scans })))}
            />
            {next !== null && <p className="faint">Only the most frequent values are counted.</p>}
          </>
        )}
      </Answer>
    </section>
  );
};
