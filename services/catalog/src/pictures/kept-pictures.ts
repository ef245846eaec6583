import { type Queryable, recordset, type Sql, transaction } from "@rollerblade/database";
import type { Picture } from "@rollerblade/pictures";
import { lockDatasets } from "../datasets/dataset-lock.ts";

/** A content in a dataset, which a picture shows. */
export type PicturedContent = { readonly dataset: string; readonly sha256: string };

/** The picture of a content, if it was made. */
export const findPicture = async (sql: Sql, { dataset, sha256 }: PicturedContent): Promise<Picture | null> => {
  const [row] = await sql<{ webp: Uint8Array | null; problem: string }[]>`
    select webp, problem from catalog.pictures where dataset = ${dataset} and sha256 = ${sha256}`;
  if (row === undefined) return null;
  return row.webp === null ? { problem: row.problem } : { webp: row.webp };
};

/** Keeps a picture as long as the dataset has its content: what was deleted while it was made leaves none. */
export const keepPicture = (sql: Sql, { dataset, sha256 }: PicturedContent, picture: Picture): Promise<void> =>
  transaction(sql, async (tx) => {
    await lockDatasets(tx, [dataset]);
    await tx`
      insert into catalog.pictures (dataset, sha256, webp, problem)
      select ${dataset}, ${sha256}, ${"webp" in picture ? picture.webp : null}, ${"webp" in picture ? "" : picture.problem}
      where exists (select from catalog.files where dataset = ${dataset} and sha256 = ${sha256})
        or exists (select from catalog.derivatives where dataset = ${dataset} and sha256 = ${sha256} and state = 'in-force')
      on conflict do nothing`;
  });

/** Forgets the pictures of what is deleted, replaced or withdrawn. Where another file has the same content, it is made again when it is asked for. */
export const forgetPictures = async (tx: Queryable, gone: readonly PicturedContent[]): Promise<void> => {
  if (gone.length === 0) return;
  await tx`
    delete from catalog.pictures as picture
    using ${recordset(tx, { dataset: "text", sha256: "text" }, gone)} as gone
    where picture.dataset = gone.dataset and picture.sha256 = gone.sha256`;
};
