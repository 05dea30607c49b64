import { expect, test } from "@jest/globals";
import { hit, leads, open, orders } from "./setup.ts";

test("discarding needs a note, keeps the letter readable and takes it from those that wait", async () => {
  const { ask, fail, letters, state } = await open();
  const [first, second, third] = [hit(), hit(), hit({ stream_id: leads })];
  for (const letter of [first, second, third]) await fail(letter);
  const discard = async (body: object) => (await ask("POST", "/v1/dead-letters/discard", body)).json;
  expect((await discard({})).detail).toContain("note is missing");
  expect((await discard({ note: "x".repeat(501) })).detail).toContain("allowed is: why, 1 to 500 characters");
  expect(await discard({ hit_id: first.hit_id, note: "x".repeat(500), by: "ann" })).toEqual({ discarded: 1 });
  expect(await discard({ stream_id: orders, note: "A test" })).toEqual({
    discarded: 1,
  });
  expect(await state(first)).toBe("discarded");
  expect(await letters("?state=waiting")).toHaveLength(1);
});

test.each([
  [{ hit_id: "x" }, /Hit_id is "x"; allowed is: the UUID of a hit/],
  [{ hit_id: hit().hit_id, stream_id: orders }, /Choose one dead letter by hit_id, or all waiting ones/],
  [{ reason: "bad_mood" }, /Reason is "bad_mood"; allowed are stream_missing, .*gave_up/],
  [{ all: true }, /The field "all" is unknown; allowed are hit_id, stream_id, stream_ref, reason, until, by/],
])("a selection that nobody can mean is refused: %j", async (body, detail) => {
  const { ask } = await open();
  expect((await ask("POST", "/v1/dead-letters/replay", body)).json.detail).toMatch(detail);
});
