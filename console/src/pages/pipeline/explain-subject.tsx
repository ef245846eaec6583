import { routerRoutes } from "@rollerblade/client";
import { useState } from "react";
import { useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { SliceLink } from "../../parts/slice-link.tsx";
import { useAddressState } from "../../parts/use-address-state.ts";

const defaults = { dataset: "", subject: "" } as const;

/** Why each rule of a document did or did not run for one person. */
export const ExplainSubject = ({ document }: { readonly document: string }) => {
  const [{ dataset, subject }, change] = useAddressState(defaults);
  const [asked, setAsked] = useState({ dataset, subject });
  return (
    <section aria-labelledby="pipeline-explain">
      <h2 id="pipeline-explain">Why it did or did not run</h2>
      <form
        className="filters"
        onSubmit={(event) => {
          event.preventDefault();
          change(asked);
        }}
      >
        <label>
          Dataset{" "}
          <input
            required
            value={asked.dataset}
            onChange={({ target }) => setAsked({ ...asked, dataset: target.value.trim() })}
          />
        </label>
        <label>
          Subject{" "}
          <input
            required
            value={asked.subject}
            onChange={({ target }) => setAsked({ ...asked, subject: target.value.trim() })}
          />
        </label>
        <button type="submit">Explain</button>
      </form>
      {dataset !== "" && subject !== "" && <Reasons document={document} dataset={dataset} subject={subject} />}
    </section>
  );
};

type Asked = { readonly document: string; readonly dataset: string; readonly subject: string };

const Reasons = ({ document, dataset, subject }: Asked) => {
  const asked = useRoute(routerRoutes.explain, {
    query: { dataset, subject: subject.replace(/^sub-/, ""), limit: 500 },
  });
  return (
    <Answer asked={asked}>
      {({ items }) => {
        const shown = items.filter((one) => one.document === document);
        return shown.length === 0 ? (
          <p>No rule of this document looks at this person.</p>
        ) : (
          <ul className="rows">
            {shown.map(({ rule, slice, reason, decision, version, analysis }) => (
              <li key={decision ?? `${rule} ${JSON.stringify(slice)}`}>
                <strong>{rule}</strong> ({analysis} {version})
                {slice === null ? null : (
                  <>
                    , <SliceLink slice={slice} />
                  </>
                )}
                : {reason}
              </li>
            ))}
          </ul>
        );
      }}
    </Answer>
  );
};
