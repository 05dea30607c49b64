import { expect, test } from "@jest/globals";
import type { TailedHit } from "../../../functions/hits/tail.ts";
import { matches, shows } from "../../../panel/hits/matches.ts";
import { hitsMax, nothingYet, withHit } from "../../../panel/hits/following.ts";

const hit = (more: Partial<TailedHit>): TailedHit => ({
  hit_id: "aaaaaaaa-0000-4000-8000-000000000001",
  received_at: 1,
  bytes: 1,
  preview: "",
  ...more,
});

test.each<[Partial<TailedHit>, string, boolean]>([
  [{}, "", true],
  [{}, "AAAAAAAA-0000", true],
  [{ preview: "orderId=N1&note=a+b%20c" }, "n1", true],
  [{ preview: "orderId=N1&note=a+b%20c" }, "ORDERID=n1", true],
  [{ preview: "orderId=N1&note=a+b%20c" }, "note=a b c", true],
  [{ preview: "orderId=N1&note=a+b%20c" }, "note=a b", false],
  [{ preview: '{"order": {"id" : "N1", "total": 120.5, "paid":true, "na' }, "id=N1", true],
  [{ preview: '{"order": {"id" : "N1", "total": 120.5, "paid":true, "na' }, "total=120.5", true],
  [{ preview: '{"order": {"id" : "N1", "total": 120.5, "paid":true, "na' }, "paid=true", true],
  [{ preview: '{"order": {"id" : "N1", "total": 120.5, "paid":true, "na' }, "id=N", false],
  [{ preview: '{"name": "a \\"quoted\\" \\u00fc"}' }, 'name=a "quoted" ü', true],
  [{ preview: '{"name": "broken \\x"}' }, "name=other", false],
  [{ query: "shop=1" }, "shop=1", true],
  [{ headers: { "x-topic": "orders/paid" } }, "x-topic=orders/paid", true],
  [{ headers: { "x-topic": "orders/paid" } }, "x-topic=orders", false],
  [{ preview: "a=1" }, "b=1", false],
  [{ preview: "%E0%A4%A=1&%" }, "x=1", false],
])("%j, %j: %j", (more, typed, expected) => {
  expect(matches(hit(more), typed)).toBe(expected);
});

test("of a hit whose payload somebody may not see, its hit_id alone is looked through", () => {
  const { preview: _hidden, ...plain } = hit({});
  expect(matches(plain, "undefined")).toBe(false);
  expect(matches(plain, "aaaaaaaa")).toBe(true);
});

test("what the server found counts, for what it looked for", () => {
  const near = hit({ preview: "a=1" });
  expect(shows({ ...near, holds: true, sought: "far" }, "far")).toBe(true);
  expect(shows({ ...near, holds: false, sought: "a=1" }, "a=1")).toBe(false);
  expect(shows({ ...near, holds: true, sought: "far" }, "other")).toBe(false);
  expect(shows({ ...near, sought: "a=1" }, "a=1")).toBe(true);
});

test("what is looked for stays where many others come; each is counted once", () => {
  let seen = withHit(nothingYet, { ...hit({ hit_id: "far", holds: true }), sought: "x" });
  for (let at = 0; at <= hitsMax; at++)
    seen = withHit(seen, { ...hit({ hit_id: `other ${at}`, holds: false }), sought: "x" });
  expect(seen.hits).toHaveLength(hitsMax);
  expect(seen.hits.at(-1)!.hit_id).toBe("far");
  expect(seen.total).toBe(hitsMax + 2);
  // It came again, by another connection, which looks for something else.
  seen = withHit(seen, { ...hit({ hit_id: "far", holds: false }), sought: "y" });
  expect(seen.total).toBe(hitsMax + 2);
  expect(seen.hits.at(-1)).toMatchObject({ holds: false, sought: "y" });
  for (let at = 0; at <= hitsMax; at++) seen = withHit(seen, hit({ hit_id: `plain ${at}` }));
  expect(seen.hits.some(({ hit_id }) => hit_id === "far")).toBe(false);
});
