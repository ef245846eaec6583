import { matchesDataset } from "@rollerblade/pipeline";
import { expect, test } from "vitest";
import { datasetExpression } from "./dataset-expression.ts";

const names = ["colin-mini", "colin-mini-2", "colin", "Colin-mini", "a.b", "x", "xy", "ds_1", "ds-1"];

test.each(["colin-mini", "colin-mini*", "*", "?", "ds?1", "*-*", "x*y", "colin?mini*"])(
  "%s fits the same names in SQL",
  (pattern) => {
    const expression = new RegExp(datasetExpression(pattern));
    expect(names.filter((name) => expression.test(name))).toEqual(
      names.filter((name) => matchesDataset([pattern], name)),
    );
  },
);
