import type { TaskStatus } from "@rollerblade/client";
import { Link } from "react-router";
import { subjectAddress } from "./addresses.ts";

/** The name of a slice, which leads to its subject. */
export const SliceLink = ({ slice }: { readonly slice: TaskStatus["slice"] }) => {
  const { dataset, subject, session, scan } = slice;
  const parts = [dataset, subject, session, scan?.split("/").at(-1) ?? null].filter((part) => part !== null);
  const to = subject === null ? `/datasets/${encodeURIComponent(dataset)}` : subjectAddress(dataset, subject, session);
  return <Link to={to}>{parts.join(" / ")}</Link>;
};
