import type { ReactNode } from "react";
import { moreOf } from "../api/use-route.ts";

type MoreButtonProps = { readonly list: Parameters<typeof moreOf>[0]; readonly children?: ReactNode };

/** A button that shows the next page of a list, where it has one. */
export const MoreButton = ({ list, children = "More" }: MoreButtonProps) => {
  const more = moreOf(list);
  return (
    more !== undefined && (
      <button type="button" className="quiet" onClick={more}>
        {children}
      </button>
    )
  );
};
