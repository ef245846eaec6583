import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { type PipelinePlan, routerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { useEffect, useRef } from "react";
import { useChange } from "../../api/use-route.ts";
import { ProblemNote } from "../../parts/problem-note.tsx";
import { faultPlace } from "./fault-place.ts";
import { Plan } from "./plan.tsx";

type EditorProps = { readonly name: string; readonly source: string; readonly onApplied: () => void };

const applyChanges = ["/v1/pipelines", "/v1/decisions", "/v1/tags", "/v1/runs"] as const;

/** The text of a document. What it would change is shown before it may be applied; a fault stands where it is. */
const Editor = ({ name, source, onApplied }: EditorProps) => {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const plan = useChange(routerRoutes.planPipeline, []);
  const apply = useChange(routerRoutes.applyPipeline, applyChanges);
  const { reset } = plan;
  useEffect(() => {
    if (box.current === null) return;
    const editor = new EditorView({
      parent: box.current,
      state: EditorState.create({
        doc: source,
        extensions: [
          ...[lineNumbers(), history(), yaml(), lintGutter()],
          keymap.of([...defaultKeymap, ...historyKeymap]),
          EditorView.contentAttributes.of({ "aria-label": "Pipeline document in YAML", tabindex: "0" }),
          // A plan is of one text: another one has none yet.
          EditorView.updateListener.of(({ docChanged }) => docChanged && reset()),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [source, reset]);
  const text = (): string => view.current?.state.doc.toString() ?? source;
  const problem = plan.error ?? apply.error;
  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    const findings = problem instanceof Problem ? problem.findings : [];
    const diagnostics = findings.map(({ where, message }): Diagnostic => {
      return { ...faultPlace(editor.state.doc.toString(), where, message), severity: "error", message };
    });
    editor.dispatch(setDiagnostics(editor.state, diagnostics));
  }, [problem]);
  const planned: PipelinePlan | undefined = plan.data;
  return (
    <>
      <div ref={box} className="editor" />
      <p className="actions">
        <button
          type="button"
          className={planned === undefined ? undefined : "quiet"}
          disabled={plan.isPending}
          onClick={() => plan.mutate({ params: { name }, body: { source: text() } })}
        >
          {plan.isPending ? "Planning …" : "Plan"}
        </button>
        {planned !== undefined && (
          <button
            type="button"
            disabled={apply.isPending}
            onClick={() => apply.mutate({ params: { name }, body: { source: text() } }, { onSuccess: onApplied })}
          >
            Apply this plan
          </button>
        )}
      </p>
      {problem !== null && <ProblemNote problem={problem} />}
      {planned !== undefined && <Plan plan={planned} />}
    </>
  );
};

export default Editor;
