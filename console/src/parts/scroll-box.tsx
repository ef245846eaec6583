import type { ReactNode, Ref } from "react";

type ScrollProps = {
  /** What is in it, for whoever does not see it. */
  readonly label: string;
  readonly className?: string;
  readonly ref?: Ref<HTMLElement>;
  readonly children: ReactNode;
};

/** A box that scrolls by itself, also by keyboard (WCAG 2.1.1). */
export const ScrollBox = ({ label, className = "scroll", ref, children }: ScrollProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1)
  <section className={className} tabIndex={0} aria-label={label} ref={ref}>
    {children}
  </section>
);
