import { expect } from "@jest/globals";
import { problemOf } from "../../../promises/warehouse/setup.ts";
import type { FakeBigQuery } from "../../../support/doubles/fake-bigquery.ts";
import { until } from "../../../support/until.ts";
import {
  busy,
  done,
  mebibyte,
  pages,
  promise,
  putForeign,
  queries,
  selecting,
  sizes,
  table,
} from "./setup.ts";

const oneRow = (rest: FakeBigQuery, bytes: Record<string, number>) => {
  for (const name of Object.keys(bytes)) putForeign(rest, name, [{ name: "hit_id", type: "STRING" }]);
  rest.intercept((_, path) => {
    if (!path.endsWith("/queries")) return undefined;
    const sql = String(rest.requests.at(-1)!.body["query"]);
    const [, name] = /`p\.d\.(\w+)`/.exec(sql)!;
    return done({ rows: [{ f: [{ v: "x".repeat(bytes[name!]!) }] }] });
  });
};

promise(
  "a large result waits until the work with another one has ended; small ones are read meanwhile",
  async (setup) => {
    oneRow(setup.rest, sizes);
    const end = await busy(setup);
    let over = false;
    const waits = selecting(setup, "large").finally(() => (over = true));
    await until("it was asked for", () => queries(setup.rest).length === 2);
    expect(await selecting(setup, "small")).toHaveLength(1);
    expect(over).toBe(false);
    await end();
    expect(await waits).toHaveLength(1);
  },
  { placesMax: 1 },
);

promise(
  "a large result that finds no room in time is refused as overload, and read once there is room",
  async (setup) => {
    oneRow(setup.rest, sizes);
    const end = await busy(setup);
    const { code, headers } = await problemOf(selecting(setup, "large"));
    expect(code).toBe("overloaded");
    expect(headers).toHaveProperty("retry-after");
    await end();
    expect(await selecting(setup, "large")).toHaveLength(1);
  },
  { placesMax: 1, waitMs: 50 },
);

promise(
  "work that reads one large result after the other never waits for itself",
  async (setup) => {
    oneRow(setup.rest, sizes);
    await setup.memory.enter(async () => {
      for (let n = 0; n < 3; n++) await selecting(setup, "large");
      await Promise.all([selecting(setup, "large"), selecting(setup, "large")]);
    });
    expect(queries(setup.rest)).toHaveLength(5);
  },
  { placesMax: 1, waitMs: 50 },
);

promise(
  "a large result that is refused leaves its room to the next one",
  async (setup) => {
    const { rest, warehouse } = setup;
    putForeign(rest, "t", [{ name: "hit_id", type: "STRING" }]);
    const page = pages(8 * mebibyte);
    rest.intercept((_, path) => (path.includes("/queries") ? page() : undefined));
    const refused = warehouse.select({ from: table, limit: 1_000 });
    expect((await problemOf(refused)).code).toBe("answer_too_large");
    oneRow(rest, sizes);
    expect(await selecting(setup, "large")).toHaveLength(1);
  },
  { placesMax: 1, waitMs: 50 },
);

promise(
  "many small results in one request count as a large one",
  async (setup) => {
    oneRow(setup.rest, sizes);
    const end = await busy(setup);
    const problem = await problemOf(
      setup.memory.enter(async () => {
        for (let n = 0; n < 3; n++) await selecting(setup, "small");
      }),
    );
    expect(problem.code).toBe("overloaded");
    await end();
  },
  { placesMax: 1, waitMs: 50, smallBytesMax: 3_000 },
);
