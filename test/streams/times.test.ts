import { expect, test } from "@jest/globals";
import { readTime } from "../../functions/streams/records/times.ts";
import { examples } from "../promises/times.ts";

test.each(examples.map((example) => [example.text, example] as const))(
  "the product reads %j as the warehouses do",
  (text, { means, offset = "UTC" }) => {
    const micros = readTime(text, offset);
    if (means === undefined) expect(micros).toBeUndefined();
    else {
      const wanted = BigInt(Date.parse(`${means.slice(0, 19)}Z`)) * 1000n + BigInt(means.slice(20, 26));
      expect(micros).toBe(wanted);
    }
  },
);
