/**
 * An object of the API as it is on the wire. The types of `@kubernetes/client-node` describe what its serializer returns, in which a
 * time is a `Date`; in JSON it is text (RFC 3339). Objects of watches are used as they come: the serializer would copy every field of
 * every Pod, which takes three times as long as parsing it.
 *
 *     const statusOf = (pod: Wire<V1Pod>) => ({ name: pod.metadata?.name ?? "", phase: pod.status?.phase ?? "" });
 */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Wire<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Wire<T[Key]> }
      : T;
