import { catalogRoutes, type FolderEntry } from "@rollerblade/client";
import { Fragment } from "react";
import { Link } from "react-router";
import { client } from "../../api/client.ts";
import { moreOf, useList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { DownloadLink } from "../../parts/download-link.tsx";
import { bytes } from "../../parts/format.ts";
import { useAddressState } from "../../parts/use-address-state.ts";

const defaults = { tab: "", folder: "" };

/** The files of a dataset, one folder at a time: what is not looked at is not read. */
export const FilesTab = ({ dataset }: { readonly dataset: string }) => {
  const [{ folder }] = useAddressState(defaults);
  const entries = useList(catalogRoutes.listFolder.path, { dataset, folder }, (after) =>
    client.call(catalogRoutes.listFolder, { params: { dataset }, query: { folder, after } }),
  );
  return (
    <>
      <Trail dataset={dataset} folder={folder} />
      <Answer asked={entries}>
        {() => (
          <DataTable
            label={`Files in ${folder === "" ? dataset : folder}`}
            columns={columnsOf(dataset, folder)}
            items={entries.items}
            keyOf={({ name }) => name}
            onMore={moreOf(entries)}
            isReading={entries.isFetchingNextPage}
            empty="There is nothing in this folder."
          />
        )}
      </Answer>
    </>
  );
};

const folderAddress = (folder: string): string =>
  `?${new URLSearchParams({ tab: "files", ...(folder !== "" && { folder }) })}`;

const join = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);

/** The folders above, the nearest last. */
const Trail = ({ dataset, folder }: { readonly dataset: string; readonly folder: string }) => {
  const names = folder === "" ? [] : folder.split("/");
  return (
    <nav aria-label="Folders above">
      <Link to={folderAddress("")}>{dataset}</Link>
      {names.map((name, index) => {
        const path = names.slice(0, index + 1).join("/");
        return (
          <Fragment key={path}>
            {" / "}
            <Link to={folderAddress(path)} aria-current={path === folder ? "page" : undefined}>
              {name}
            </Link>
          </Fragment>
        );
      })}
    </nav>
  );
};

const columnsOf = (dataset: string, folder: string): Column<FolderEntry>[] => [
  {
    key: "name",
    title: "Name",
    width: "minmax(16rem, 3fr)",
    cell: (entry) =>
      entry.size === null ? (
        <Link to={folderAddress(join(folder, entry.name))}>{entry.name}/</Link>
      ) : (
        <DownloadLink dataset={dataset} path={join(folder, entry.name)}>
          {entry.name}
        </DownloadLink>
      ),
  },
  { key: "kind", title: "Kind", cell: ({ kind }) => kind },
  { key: "size", title: "Size", isNumber: true, cell: ({ size }) => (size === null ? "" : bytes(size)) },
];
