/** How long a host may take to begin its answer, and to finish it, in milliseconds. */
const answerTimeoutMs = 4_000;
/** The same for the whole answer of a download, by whatever program. */
export const downloadTimeoutMs = 120_000;

/** Downloads a URL into memory. @throws Error when the host does not answer in time, or with another status than 2xx */
export const download = async (url: URL, headers: Readonly<Record<string, string>> = {}): Promise<Buffer> => {
  const slow = new AbortController();
  const noAnswer = setTimeout(() => slow.abort(new Error("no answer in time")), answerTimeoutMs);
  const signal = AbortSignal.any([slow.signal, AbortSignal.timeout(downloadTimeoutMs)]);
  try {
    const response = await fetch(url, { headers, signal });
    clearTimeout(noAnswer);
    if (!response.ok) throw new Error(`${url.host} answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } finally {
    clearTimeout(noAnswer);
  }
};
