import { recordset, type Transaction } from "@rollerblade/database";

/** What has changed: files and names of derivatives, and derivatives that have just been written. */
export type Changed = {
  readonly places: readonly { readonly dataset: string; readonly path: string }[];
  readonly derivatives?: readonly string[];
};

const placeOf = ({ dataset, path }: Changed["places"][number]) => ({ dataset, path });

/**
 * Marks the derivatives in force that are not of now, and takes the mark from those that are again: one of their sources has other
 * content than the file that lies there now, was made anew, or is outdated itself. Only what comes of the changes is looked at.
 * A source that no longer exists is no question of this: what was made from it is withdrawn.
 */
export const markOutdated = async (tx: Transaction, { places, derivatives = [] }: Changed): Promise<void> => {
  if (places.length === 0 && derivatives.length === 0) return;
  await tx`
    with recursive reached(id) as (
      select id from (
        select source.derivative as id
        from ${recordset(tx, { dataset: "text", path: "text" }, places.map(placeOf))} as changed
        join catalog.derivative_sources source on source.dataset = changed.dataset and source.path = changed.path
        union select id from unnest(${[...derivatives]}::uuid[]) as written(id)) as first
      union
      select source.derivative from reached
      join catalog.derivatives made on made.id = reached.id
      join catalog.derivative_sources source
        on source.dataset = made.dataset and source.path = made.path and source.sha256 = made.sha256),
    judged as (
      select derivative.* from reached join catalog.derivatives derivative using (id) where derivative.state = 'in-force'),
    wrong(id) as (
      select judged.id from judged where exists (
        select from catalog.derivative_sources source
        left join catalog.files file on file.dataset = source.dataset and file.path = source.path
        left join catalog.derivatives made
          on made.dataset = source.dataset and made.path = source.path and made.state = 'in-force'
        where source.derivative = judged.id and (file.sha256 <> source.sha256
          or starts_with(source.path, 'derivatives/') and (made.sha256 is distinct from source.sha256
            or made.outdated and not exists (select from reached where reached.id = made.id))))
      union
      select source.derivative from wrong
      join catalog.derivatives made on made.id = wrong.id
      join catalog.derivative_sources source
        on source.dataset = made.dataset and source.path = made.path and source.sha256 = made.sha256)
    update catalog.derivatives derivative set outdated = not derivative.outdated
    from judged
    where derivative.id = judged.id and derivative.outdated <> exists (select from wrong where wrong.id = judged.id)`;
};
