import { gatewayRoutes, type Result } from "@rollerblade/client";
import { useState } from "react";
import { useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { bytes } from "../../parts/format.ts";
import { Picture } from "../../parts/picture.tsx";
import { ScrollBox } from "../../parts/scroll-box.tsx";

/** A metric as people read it. */
const metricText = ({ value, digits, unit }: Pick<Result, "value" | "digits" | "unit">): string => {
  const text = typeof value === "number" && digits !== null ? value.toFixed(digits) : String(value);
  return unit === null ? text : `${text} ${unit}`;
};

/** Images that a browser draws by itself; of others the server makes a picture. */
const isBrowserImage = (extension: string): boolean =>
  [".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"].includes(extension);

/** One result as its kind is shown. What an analysis wrote as HTML or SVG is in a frame of its own origin. */
export const ResultValue = ({ result }: { readonly result: Result }) => {
  const { kind, table, problem, derivative, dataset, url, title } = result;
  if (problem !== "") return <p className="note note-warning">◔ {problem}</p>;
  switch (kind) {
    case "metric":
      return <p className="metric">{metricText(result)}</p>;
    case "image":
    case "chart":
      if (derivative.extension === ".svg") return <Report dataset={dataset} path={derivative.path} title={title} />;
      if (isBrowserImage(derivative.extension)) return <img className="picture" src={url} alt={title} loading="lazy" />;
      return <Picture dataset={dataset} path={derivative.path} />;
    case "table":
      return table === null ? null : <Rows table={table} title={title} />;
    case "document":
      return <Report dataset={dataset} path={derivative.path} title={title} />;
    default:
      return (
        <p>
          <a href={url}>{derivative.path.split("/").at(-1)}</a> <span className="faint">{bytes(derivative.size)}</span>
        </p>
      );
  }
};

const Rows = ({
  table: { columns, rows, more },
  title,
}: {
  readonly table: NonNullable<Result["table"]>;
  readonly title: string;
}) => (
  <ScrollBox label={title}>
    <table className="plain">
      <thead>
        <tr>
          {columns.map((column) => (
            <th scope="col" key={column}>
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={JSON.stringify(row)}>
            {row.map((cell, at) => (
              <td key={columns[at] ?? at}>{typeof cell === "string" ? cell : JSON.stringify(cell)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
    {more && <p className="faint">The file has more rows.</p>}
  </ScrollBox>
);

type ReportProps = { readonly dataset: string; readonly path: string; readonly title: string };

/** A report, once somebody wants to see it: an address of it is good for minutes. */
const Report = (props: ReportProps) => {
  const [isOpen, setOpen] = useState(false);
  return isOpen ? (
    <OpenReport {...props} />
  ) : (
    <button type="button" className="quiet" onClick={() => setOpen(true)}>
      Open {props.title}
    </button>
  );
};

const OpenReport = ({ dataset, path, title }: ReportProps) => {
  const asked = useRoute(gatewayRoutes.openReport, { query: { dataset, path } });
  return (
    <Answer asked={asked}>
      {({ address }) => <iframe className="report" src={address} title={title} sandbox="allow-scripts" />}
    </Answer>
  );
};
