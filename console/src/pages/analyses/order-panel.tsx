import type { AnalysisVersion } from "@rollerblade/client";
import { type FormEvent, useState } from "react";
import { RunOrder } from "../../parts/run-order.tsx";
import { type Parameter, parametersOf, readValue } from "./parameters.ts";

type Order = { readonly query: string; readonly parameters: Readonly<Record<string, string | number | boolean>> };

/** Orders a run: a form of the parameters, what it would do, and then the run. */
export const OrderPanel = ({ analysis: { name, version, manifest } }: { readonly analysis: AnalysisVersion }) => {
  const parameters = parametersOf(manifest);
  const [order, setOrder] = useState<Order | null>(null);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const values = parameters.flatMap((one) => {
      const value = readValue(one, form.get(`parameter ${one.name}`));
      return value === undefined ? [] : [[one.name, value] as const];
    });
    setOrder({ query: String(form.get("query") ?? ""), parameters: Object.fromEntries(values) });
  };
  return (
    <section className="panel" aria-labelledby="analysis-order">
      <h2 id="analysis-order">Run it</h2>
      <form className="stack" onSubmit={submit}>
        <label>
          On what (a condition or a saved query; everything without)
          <input name="query" />
        </label>
        {parameters.map((one) => (
          <ParameterInput key={one.name} parameter={one} />
        ))}
        <button type="submit">Show what it would do</button>
      </form>
      {order !== null && <RunOrder body={{ analysis: name, version, ...order }} />}
    </section>
  );
};

const ParameterInput = ({ parameter }: { readonly parameter: Parameter }) => {
  const { name, description, preset, kind } = parameter;
  const field = `parameter ${name}`;
  const title = (
    <>
      {name}
      {description === "" ? null : <span className="faint"> {description}</span>}
    </>
  );
  if (kind.type === "choice")
    return (
      <label>
        {title}
        <select name={field} defaultValue={String(preset ?? "")}>
          {preset === undefined && <option value="" />}
          {kind.values.map((value) => (
            <option key={value}>{value}</option>
          ))}
        </select>
      </label>
    );
  if (kind.type === "yes-no")
    return (
      <label className="check">
        <input type="checkbox" name={field} defaultChecked={preset === true} />
        {title}
      </label>
    );
  if (kind.type === "number")
    return (
      <label>
        {title}
        <input
          name={field}
          type="number"
          step={kind.isWhole ? 1 : "any"}
          min={kind.minimum}
          max={kind.maximum}
          defaultValue={String(preset ?? "")}
        />
      </label>
    );
  return (
    <label>
      {title}
      <input name={field} defaultValue={String(preset ?? "")} />
    </label>
  );
};
