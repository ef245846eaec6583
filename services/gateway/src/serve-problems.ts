import { isProblemCode, Problem, problemTypes } from "@rollerblade/errors";
import { parseInput, type ServiceContext } from "@rollerblade/service-kit";
import { z } from "zod";

const problemParams = z.object({ code: z.string() });

/** `/problems/CODE`, where the `type` of every problem leads: what the code means and what to do about it, for people. */
export const serveProblems = ({ http }: ServiceContext): void => {
  http.get("/problems/:code", { schema: { hide: true } }, async (request, reply) => {
    const { code } = parseInput(problemParams, request.params, "params");
    if (!isProblemCode(code)) throw new Problem({ code: "not-found", message: "There is no such problem." });
    const { status, title, meaning } = problemTypes[code];
    return reply.type("text/plain; charset=utf-8").send(`${title} (${code}, HTTP ${status})\n\n${meaning}\n`);
  });
};
