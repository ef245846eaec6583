import { catalogRoutes } from "@rollerblade/client";
import { lazy, Suspense, useEffect, useState } from "react";
import { useRoute } from "../../api/use-route.ts";
import { ProblemNote } from "../../parts/problem-note.tsx";

const CodeEditor = lazy(() => import("./code-editor.tsx"));

/** Milliseconds without a key after which what was typed is asked: a pause between two words is shorter. */
const typingMs = 400;

type ExpressionEditorProps = { readonly expression: string; readonly onChange: (text: string) => void };

/** Edits a condition: what was typed is checked and put into the address once nobody types. */
export const ExpressionEditor = ({ expression, onChange }: ExpressionEditorProps) => {
  const [text, setText] = useState(expression);
  const [known, setKnown] = useState(expression);
  // The address was changed by something else: a link, a saved query, or going back.
  if (known !== expression) {
    setKnown(expression);
    setText(expression);
  }
  const fields = useRoute(catalogRoutes.listFields, { query: {} });
  const checked = useRoute(catalogRoutes.checkQuery, { body: { expression } }, { keep: true });
  useEffect(() => {
    if (text === expression) return;
    const timer = setTimeout(() => onChange(text), typingMs);
    return () => clearTimeout(timer);
  }, [text, expression, onChange]);
  return (
    <div>
      <Suspense
        fallback={
          <textarea aria-label="Condition in CEL" value={text} onChange={({ target }) => setText(target.value)} />
        }
      >
        <CodeEditor label="Condition in CEL" text={text} fields={fields.data?.items ?? []} onChange={setText} />
      </Suspense>
      {checked.error !== null && <ProblemNote problem={checked.error} />}
      {checked.data?.unseen.map(({ field, nearest }) => (
        <p key={field} className="note note-warning">
          ◔ No dataset of yours has <code>{field}</code>
          {nearest.length === 0 ? "." : <>; there is {nearest.join(", ")}.</>}
        </p>
      ))}
    </div>
  );
};
