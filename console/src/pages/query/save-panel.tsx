import { catalogRoutes, type QueryLevel, readQueryReference } from "@rollerblade/client";
import { type FormEvent, useState } from "react";
import { useChange, useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { moment, plural } from "../../parts/format.ts";
import { ProblemNote } from "../../parts/problem-note.tsx";

type SavePanelProps = { readonly expression: string; readonly level: QueryLevel };

/** Gives a condition a name; of what has a name, freezes what it finds now. */
export const SavePanel = ({ expression, level }: SavePanelProps) => {
  const save = useChange(catalogRoutes.saveQuery, ["/v1/queries"]);
  const name = readQueryReference(expression)?.name;
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    save.mutate({
      params: { name: String(form.get("name")) },
      body: {
        expression,
        level: level === "file" ? "scan" : level,
        description: String(form.get("description") ?? ""),
      },
    });
  };
  return (
    <section className="panel" aria-labelledby="query-save">
      <h2 id="query-save">{name === undefined ? "Save it" : `Pins of ${name}`}</h2>
      {name === undefined ? (
        <form className="stack" onSubmit={submit}>
          <label>
            Name
            <input name="name" required pattern="[A-Za-z0-9][A-Za-z0-9_\-]{0,62}" />
          </label>
          <label>
            What it is for
            <input name="description" maxLength={1024} />
          </label>
          <button type="submit" disabled={save.isPending}>
            Save
          </button>
          {save.data !== undefined && <p role="status">✓ Saved as {save.data.name}.</p>}
          {save.error !== null && <ProblemNote problem={save.error} />}
        </form>
      ) : (
        <Pins name={name} />
      )}
    </section>
  );
};

const Pins = ({ name }: { readonly name: string }) => {
  const [pin, setPin] = useState("");
  const pins = useRoute(catalogRoutes.listPins, { params: { name }, query: {} });
  const freeze = useChange(catalogRoutes.pinQuery, ["/v1/queries"]);
  return (
    <Answer asked={pins}>
      {({ items }) => (
        <>
          <ul className="rows">
            {items.length === 0 && <li>None yet.</li>}
            {items.map((one) => (
              <li key={one.pin}>
                <code>
                  {name}@{one.pin}
                </code>{" "}
                <span className="faint">
                  {plural(one.slices, "slice")}, {plural(one.scans, "scan")}, by {one.pinnedBy}, {moment(one.createdAt)}
                </span>
              </li>
            ))}
          </ul>
          <form
            className="line"
            onSubmit={(event) => {
              event.preventDefault();
              freeze.mutate({ params: { name, pin } });
            }}
          >
            <label>
              New pin
              <input value={pin} required onChange={({ target }) => setPin(target.value)} />
            </label>
            <button type="submit" disabled={freeze.isPending}>
              Pin what it finds now
            </button>
          </form>
          {freeze.error !== null && <ProblemNote problem={freeze.error} />}
        </>
      )}
    </Answer>
  );
};
