import { bytes } from "../../parts/format.ts";
import { Picture } from "../../parts/picture.tsx";
import type { ShownScan } from "./shown-scan.ts";

type ScansPanelProps = {
  readonly title: string;
  readonly scans: readonly ShownScan[];
  /** Path of the scan that is open. */
  readonly open: string;
  readonly onOpen: (path: string) => void;
};

/** Scans with a picture each. */
export const ScansPanel = ({ title, scans, open, onOpen }: ScansPanelProps) => (
  <section className="panel" aria-labelledby="subject-scans">
    <h2 id="subject-scans">{title}</h2>
    <ul className="cards">
      {scans.map((scan) => {
        const name = scan.path.split("/").at(-1) ?? scan.path;
        return (
          <li key={scan.path}>
            <button type="button" className="card" aria-pressed={scan.path === open} onClick={() => onOpen(scan.path)}>
              <Picture dataset={scan.dataset} path={scan.path} />
              <strong>{name}</strong>
              <span className="faint">
                {scan.datatype}, {bytes(scan.files.reduce((sum, { size }) => sum + size, 0))}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  </section>
);
