import { catalogRoutes } from "@rollerblade/client";
import { type ReactNode, useState } from "react";
import { client } from "../api/client.ts";
import { ProblemNote } from "./problem-note.tsx";

type DownloadLinkProps = { readonly dataset: string; readonly path: string; readonly children: ReactNode };

/** Downloads one file: its link expires after minutes, so that it is asked for when somebody wants it. */
export const DownloadLink = ({ dataset, path, children }: DownloadLinkProps) => {
  const [error, setError] = useState<Error | null>(null);
  const download = async (): Promise<void> => {
    try {
      const { url, content, encoding } = await client.call(catalogRoutes.linkFile, { query: { dataset, path } });
      const name = path.split("/").at(-1) ?? path;
      if (url !== null) return follow(url, name);
      const bytes =
        encoding === "base64" ? Uint8Array.from(atob(content ?? ""), (one) => one.charCodeAt(0)) : (content ?? "");
      const made = URL.createObjectURL(new Blob([bytes]));
      follow(made, name);
      URL.revokeObjectURL(made);
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  };
  return (
    <>
      <button type="button" className="link" title={`Download ${path}`} onClick={() => void download()}>
        {children}
      </button>
      {error !== null && <ProblemNote problem={error} />}
    </>
  );
};

const follow = (url: string, name: string): void => {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.rel = "noreferrer";
  link.click();
};
