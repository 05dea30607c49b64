import { expect, test } from "@jest/globals";
import { hit, leads, open, orders } from "./setup.ts";

test("discarding needs a note, keeps the letter readable and takes it from those that wait", async () => {
  const { ask, fail, job, letters, state } = await open();
  const [first, second, third] = [hit(), hit(), hit({ stream_id: leads })];
  for (const letter of [first, second, third]) await fail(letter);
  const discard = async (body: object) => (await ask("POST", "/v1/dead-letters/discard", body)).json;
  const { hit_id } = first;
  expect((await discard({ hit_id })).detail).toContain("note is missing");
  expect((await discard({ hit_id, note: "x".repeat(501) })).detail).toContain(
    "allowed is: why, 1 to 500 characters",
  );
  expect(await discard({ hit_id: first.hit_id, note: "x".repeat(500), by: "ann" })).toEqual({ discarded: 1 });
  const without = await ask("POST", "/v1/jobs", { what: "discard", stream_id: orders });
  expect(without.json.detail).toContain("A discard needs a note that says why");
  expect(await job({ what: "discard", stream_id: orders, note: "A test" })).toMatchObject({
    state: "done",
    of: 1,
    done: 1,
    note: "A test",
  });
  expect(await state(first)).toBe("discarded");
  expect(await letters("?state=waiting")).toHaveLength(1);
});

test.each([
  ["/v1/dead-letters/replay", { hit_id: "x" }, /Hit_id is "x"; allowed is: the UUID of a hit/],
  ["/v1/dead-letters/replay", { stream_id: orders }, /hit_id is missing/i],
  [
    "/v1/jobs",
    { what: "replay", reason: "bad_mood" },
    /Reason is "bad_mood"; allowed are stream_missing, .*gave_up/,
  ],
  ["/v1/jobs", { what: "replay", all: true }, /The field "all" is unknown; allowed are what, stream_id/],
  ["/v1/jobs", { what: "replay", stream_id: orders, stream_ref: "0123456789ab" }, /allowed is one of them/],
  ["/v1/jobs", { what: "replay", note: "x" }, /a replay takes none/],
])("a selection that nobody can mean is refused: %s %j", async (path, body, detail) => {
  const { ask } = await open();
  expect((await ask("POST", path, body)).json.detail).toMatch(detail);
});
