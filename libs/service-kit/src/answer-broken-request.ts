import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { problemMediaType, writeProblem } from "@rollerblade/client";
import { Problem, problemCodeOf } from "@rollerblade/errors";

/** What Node reports of bytes that are not a request, with the status that it would answer. */
const known: Readonly<Record<string, { readonly status: number; readonly message: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: "The headers of the request did not come in time." },
  HPE_HEADER_OVERFLOW: { status: 431, message: "The address and the headers of the request have more than 16 KiB." },
};

/**
 * Answers what cannot be read as a request, such as headers that are too long, as a problem too, and closes the connection. There is no request
 * whose path could be named.
 */
export const answerBrokenRequest = (error: Error & { readonly code?: string }, socket: Socket): void => {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const { status, message } = known[error.code ?? ""] ?? {
    status: 400,
    message: "The bytes that were sent are not an HTTP request.",
  };
  const problem = new Problem({ code: status === 431 ? "too-large" : problemCodeOf(status), message });
  const body = JSON.stringify(writeProblem(problem, "/", status));
  const headers = `content-type: ${problemMediaType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`;
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers}\r\n\r\n${body}`);
};
