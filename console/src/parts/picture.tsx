import { useState } from "react";

/** The address of the picture that the server makes of an image. */
const pictureAddress = (dataset: string, path: string): string =>
  `/v1/files/picture?${new URLSearchParams({ dataset, path })}`;

/** The picture of an image, read when it comes into view. What has none says so. */
export const Picture = ({ dataset, path }: { readonly dataset: string; readonly path: string }) => {
  const [isMissing, setMissing] = useState(false);
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (isMissing) return <span className="picture picture-missing">no picture of {name}</span>;
  return (
    <img
      className="picture"
      src={pictureAddress(dataset, path)}
      alt={`Slices of ${name}`}
      loading="lazy"
      decoding="async"
      onError={() => setMissing(true)}
    />
  );
};
