import { expect, test } from "@jest/globals";
import { isProblem } from "../../functions/problem.ts";
import { reservationOver } from "../../functions/problems.ts";
import { reservedId, reservedMs, reserveId } from "../../functions/streams/reserve.ts";
import { memoryDocuments } from "../support/doubles/memory-documents.ts";

const started = Date.UTC(2026, 10, 27);

function open() {
  const clock = { ms: started };
  return { clock, ports: { documents: memoryDocuments(), now: () => clock.ms } };
}

const refused = async (work: Promise<unknown>) =>
  work.then(
    () => false,
    (error: unknown) => isProblem(error, reservationOver),
  );

test("a reserved address is taken by whoever reserved it, for 24 hours", async () => {
  const { clock, ports } = open();
  const { id, token } = await reserveId(ports, "ana");
  expect(await reservedId(ports, token, "ana")).toBe(id);
  clock.ms += reservedMs;
  expect(await reservedId(ports, token, "ana")).toBe(id);
  clock.ms += 1;
  expect(await refused(reservedId(ports, token, "ana"))).toBe(true);
});

test("nobody takes an id that they chose, another's reservation, or one for longer", async () => {
  const { ports } = open();
  const { id, token } = await reserveId(ports, "ana");
  const [, until, signature] = token.split(".");
  const chosen = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
  for (const [forged, person] of [
    [token, "eve"],
    [token, ""],
    [`${chosen}.${until}.${signature}`, "ana"],
    [`${id}.${Number(until) + 1}.${signature}`, "ana"],
    [`${id}.${until}.`, "ana"],
    [`${id}.${until}`, "ana"],
    [`${id.toUpperCase()}.${until}.${signature}`, "ana"],
    [id, "ana"],
    ["", "ana"],
  ] as const)
    expect(await refused(reservedId(ports, forged, person))).toBe(true);
});

test("what one instance reserved another one saves, also where both began at once", async () => {
  const { ports } = open();
  const [one, other] = await Promise.all([reserveId(ports, "ana"), reserveId(ports, "ana")]);
  for (const { id, token } of [one, other]) expect(await reservedId({ ...ports }, token, "ana")).toBe(id);
});
