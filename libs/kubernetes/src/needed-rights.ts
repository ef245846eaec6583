/** A right that a service needs: one verb on one kind of thing. */
export type Right = {
  /** Empty for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verb: string;
  /** Of the whole cluster, not of one namespace. */
  readonly everywhere?: boolean;
};

const rights = (group: string, resource: string, ...verbs: readonly string[]): readonly Right[] =>
  verbs.map((verb) => ({ group, resource, verb }));

/** All that the scheduler may do, in the namespace of analyses. */
export const schedulerRights: readonly Right[] = [
  ...rights("batch", "jobs", "create", "delete", "get", "list", "watch"),
  ...rights("", "pods", "delete", "get", "list", "watch"),
  { group: "", resource: "pods", subresource: "log", verb: "get" },
  ...rights("", "events", "list", "watch"),
  { group: "authentication.k8s.io", resource: "tokenreviews", verb: "create", everywhere: true },
];

/** All that the pipeline router may do, in each namespace of documents. */
export const routerRights: readonly Right[] = [
  ...rights("", "configmaps", "list", "patch", "watch"),
  ...rights("", "events", "create"),
];

/** For people: `create jobs.batch`. */
export const rightText = ({ group, resource, subresource, verb }: Right): string =>
  `${verb} ${resource}${subresource === undefined ? "" : `/${subresource}`}${group === "" ? "" : `.${group}`}`;
