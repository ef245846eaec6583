import { expect, test } from "vitest";
import { commandsOf, rollerbladeArguments } from "./shell.ts";

test.each([
  ["rollerblade query 'a && b' --level scan", [["rollerblade", "query", "a && b", "--level", "scan"]]],
  [
    "rollerblade up   # stays\nnpm test",
    [
      ["rollerblade", "up"],
      ["npm", "test"],
    ],
  ],
  ["mkdir in out && cp a b; ls | head", [["mkdir", "in", "out"], ["cp", "a", "b"], ["ls"], ["head"]]],
  ["export T=$(kubectl get x | base64 -d)", [["export", "T=$(kubectl get x | base64 -d)"]]],
  ["docker build \\\n  --tag a .", [["docker", "build", "--tag", "a", "."]]],
  ["node a.js > out.txt", [["node", "a.js"]]],
] as const)("%s", (text, commands) => {
  expect(commandsOf(text)).toEqual(commands);
});

test.each([
  ["npx rollerblade up", ["up"]],
  ["ROLLERBLADE_URL=x rollerblade doctor", ["doctor"]],
  ["kubectl exec deploy/x -- rollerblade doctor", ["doctor"]],
  ["docker build rollerblade", null],
  ["npm install rollerblade", null],
] as const)("the arguments of: %s", (text, found) => {
  expect(rollerbladeArguments(commandsOf(text)[0] ?? [])).toEqual(found);
});
