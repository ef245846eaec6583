import { autocompletion, type CompletionContext, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { StreamLanguage } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import type { catalogRoutes, RouteOutput } from "@rollerblade/client";
import { useEffect, useRef } from "react";
import { completeExpression } from "./complete-expression.ts";

/** A field with the values that it has. */
export type KnownField = RouteOutput<typeof catalogRoutes.listFields>["items"][number];

type CodeEditorProps = {
  readonly label: string;
  readonly text: string;
  readonly fields: readonly KnownField[];
  readonly onChange: (text: string) => void;
};

/** CEL as far as it is coloured: texts, numbers, words and signs. */
const cel = StreamLanguage.define<null>({
  startState: () => null,
  token: (stream) => {
    if (stream.match(/"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?/)) return "string";
    if (stream.match(/\d+(?:\.\d+)?/)) return "number";
    if (stream.match(/\b(?:true|false|null|in)\b/)) return "keyword";
    if (stream.match(/[A-Za-z_][\w.]*/)) return "variableName";
    stream.next();
    return null;
  },
});

/** An editor of one expression that completes fields and their values. Tab leaves it, as it does any other input. */
const CodeEditor = ({ label, text, fields, onChange }: CodeEditorProps) => {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef({ fields, onChange });
  latest.current = { fields, onChange };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once; what it needs later is in `latest`
  useEffect(() => {
    if (place.current === null) return;
    const complete = ({ state, pos, explicit }: CompletionContext) => {
      const found = completeExpression(state.sliceDoc(0, pos), latest.current.fields);
      return found === null || (found.typed === "" && !explicit)
        ? null
        : { from: pos - found.typed.length, options: [...found.options], validFor: /^[\w.]*$/ };
    };
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          cel,
          history(),
          autocompletion({ override: [complete] }),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label }),
          EditorView.updateListener.of(({ docChanged, state }) => {
            if (docChanged) latest.current.onChange(state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, []);
  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);
  return <div ref={place} className="code-editor" />;
};

export default CodeEditor;
