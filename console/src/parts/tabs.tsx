import { Link, useSearchParams } from "react-router";

/** One view of a page, by the name that stands in its address. */
export type Tab = { readonly key: string; readonly title: string };

/**
 * Views of one page as links, since each is an address of its own. What else stands in the address belongs to the view that was open, and goes.
 * The first one is that of the address without a name.
 */
export const Tabs = ({
  label,
  tabs,
  open,
}: {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly open: string;
}) => (
  <nav className="tabs" aria-label={label}>
    <ul>
      {tabs.map(({ key, title }, index) => (
        <li key={key}>
          <Link to={index === 0 ? "?" : `?tab=${key}`} aria-current={key === open ? "page" : undefined}>
            {title}
          </Link>
        </li>
      ))}
    </ul>
  </nav>
);

/** The view that the address names; the first one where it names none that there is. */
export const useTab = (tabs: readonly Tab[]): string => {
  const [search] = useSearchParams();
  const named = search.get("tab");
  return tabs.find(({ key }) => key === named)?.key ?? tabs[0]?.key ?? "";
};
