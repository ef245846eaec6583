import { useEffect } from "react";

/** Names the page in the tab and the history, and moves the focus there, so that a screen reader says where one has come. */
export const usePageTitle = (title: string): void => {
  useEffect(() => {
    document.title = title === "" ? "Rollerblade" : `${title} · Rollerblade`;
  }, [title]);
};
