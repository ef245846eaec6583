/** One entry of the navigation. */
export type NavigationEntry = { readonly to: string; readonly title: string };

/** What stands on the left of every page, in the order of a day's work. */
export const navigation: readonly NavigationEntry[] = [
  { to: "/", title: "Home" },
  { to: "/datasets", title: "Datasets" },
  { to: "/query", title: "Query" },
  { to: "/analyses", title: "Analyses" },
  { to: "/runs", title: "Runs" },
  { to: "/pipelines", title: "Pipelines" },
  { to: "/results", title: "Results" },
  { to: "/quality", title: "Quality control" },
  { to: "/operations", title: "Operations" },
  { to: "/access", title: "Access" },
];
