import { type DragEvent, type FormEvent, type ReactNode, useId, useState } from "react";
import { useSession } from "../api/session.ts";
import { bytes, plural } from "../parts/format.ts";
import { ProblemNote } from "../parts/problem-note.tsx";
import { folderOfDrop, folderOfInput } from "./chosen-folder.ts";
import type { ChosenFolder } from "./folder-file.ts";
import { type ImportSource, startImport } from "./imports-of-tab.ts";

/** What the name of a dataset may be: 1 to 63 letters, digits, - and _, a letter or digit first. */
const namePattern = "[A-Za-z0-9][A-Za-z0-9_\\-]{0,62}";

/** A name for a dataset that is proposed from that of its folder. @example nameOf("My study (2024)") // "My-study-2024" */
const nameOf = (folder: string): string =>
  folder
    .replace(/[^A-Za-z0-9_-]+/g, "-")
    .replace(/^[-_]+|-+$/g, "")
    .slice(0, 63);

/** Imports a folder that is dropped or chosen, or what lies at an address of the server. Without a dataset one chooses its name. */
export const ImportPanel = ({ dataset }: { readonly dataset?: string }) => {
  const title = useId();
  const isAdmin = useSession().data?.user?.admin === true;
  const [folder, setFolder] = useState<ChosenFolder | null>(null);
  const [problem, setProblem] = useState<Error | null>(null);
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent<HTMLElement>): void => {
    event.preventDefault();
    setOver(false);
    folderOfDrop(event.dataTransfer)
      .then(setFolder)
      .catch((thrown: unknown) => setProblem(thrown instanceof Error ? thrown : new Error(String(thrown))));
  };
  return (
    <section className="panel" aria-labelledby={title}>
      <h2 id={title}>{dataset === undefined ? "Import a dataset" : "Import what is new or changed"}</h2>
      {/** biome-ignore lint/a11y/noStaticElementInteractions: whoever cannot drop a folder chooses it by the input within */}
      <div
        className={isOver ? "drop-place drop-over" : "drop-place"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <label>
          Drop the folder of a BIDS dataset here, or choose it:{" "}
          <input
            type="file"
            ref={(input) => {
              // React knows no such property; the browser then chooses a folder with all that is in it.
              if (input !== null) input.webkitdirectory = true;
            }}
            onChange={({ target }) => {
              if (target.files !== null && target.files.length > 0) setFolder(folderOfInput(target.files));
            }}
          />
        </label>
      </div>
      {problem !== null && <ProblemNote problem={problem} />}
      {folder !== null && (
        <Begin
          key={folder.name}
          proposed={nameOf(folder.name)}
          dataset={dataset}
          source={{ files: folder.files }}
          onBegun={() => setFolder(null)}
        >
          <p>
            {folder.name === "" ? "What was dropped" : folder.name} has {plural(folder.files.length, "file")} of{" "}
            {bytes(folder.files.reduce((sum, { file }) => sum + file.size, 0))}.
          </p>
          {!folder.files.some(({ path }) => path === "dataset_description.json") && (
            <p className="note note-warning">
              ◔ There is no dataset_description.json at its top. Is it the folder of the dataset itself?
            </p>
          )}
        </Begin>
      )}
      {isAdmin && (
        <details>
          <summary>From a bucket, or from a folder of the server</summary>
          <FromAddress dataset={dataset} />
        </details>
      )}
    </section>
  );
};

const FromAddress = ({ dataset }: { readonly dataset: string | undefined }) => {
  const [address, setAddress] = useState("");
  return (
    <>
      <label>
        Address: s3://bucket/prefix or file:///folder{" "}
        <input
          value={address}
          pattern="(s3|file)://.+"
          size={40}
          onChange={({ target }) => setAddress(target.value.trim())}
        />
      </label>
      <p className="faint">The server reads the files from there, and they stay there.</p>
      {/^(s3|file):\/\/.+/.test(address) && (
        <Begin
          proposed={nameOf(address.replace(/\/+$/, "").split("/").at(-1) ?? "")}
          dataset={dataset}
          source={{ address }}
          onBegun={() => setAddress("")}
        />
      )}
    </>
  );
};

type BeginProps = {
  readonly proposed: string;
  readonly dataset: string | undefined;
  readonly source: ImportSource;
  readonly onBegun: () => void;
  readonly children?: ReactNode;
};

/** Asks for the name of the dataset, where it is not known, and begins. */
const Begin = ({ proposed, dataset, source, onBegun, children }: BeginProps) => {
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const name = dataset ?? String(new FormData(event.currentTarget).get("dataset"));
    startImport(name, source);
    onBegun();
  };
  return (
    <form className="stack" onSubmit={submit}>
      {children}
      {dataset === undefined && (
        <label>
          Name of the dataset
          <input name="dataset" required pattern={namePattern} defaultValue={proposed} />
          <span className="faint">
            Letters, digits, - and _. A dataset that is there already keeps what it has, and gets what is new or
            changed.
          </span>
        </label>
      )}
      <button type="submit">Import {dataset === undefined ? "it" : `into ${dataset}`}</button>
    </form>
  );
};
