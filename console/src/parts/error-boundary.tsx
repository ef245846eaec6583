import { Component, type ReactNode } from "react";
import { ProblemNote } from "./problem-note.tsx";

type State = { readonly error: Error | null };

/** Keeps a fault of one page from taking the others with it: the page says what it is, and the navigation stays. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <section>
        <h1>This page has a fault</h1>
        <ProblemNote problem={error} />
        <button type="button" onClick={() => this.setState({ error: null })}>
          Show it again
        </button>
      </section>
    );
  }
}
