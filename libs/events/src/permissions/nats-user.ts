/** A user of the NATS server and what it may do; everything else is refused. */
export type NatsUser = {
  readonly name: string;
  /** Subjects that it may publish to; requests to JetStream are publications too. */
  readonly publish: Permission;
  readonly subscribe: Permission;
};

/** Subjects, with NATS' wildcards; `deny` goes before `allow`. */
export type Permission = { readonly allow: readonly string[]; readonly deny?: readonly string[] };

/** The user of whoever runs the installation: `migrate`, `doctor` and people with `nats`. It may do everything. */
export const operator: NatsUser = { name: "operator", publish: { allow: [">"] }, subscribe: { allow: [">"] } };
