import { expect, test } from "@jest/globals";
import { streamRef } from "../../../../functions/stream-ref.ts";
import { sha256 } from "../bodies.ts";
import type { Evidence, Found } from "./evidence.ts";
import { judge } from "./judge.ts";

/** What the crash campaign's judge must not miss. */

const stream = "00000000-0000-4000-8000-000000000001";
const hits = ["a", "b", "c"].map((body) => ({ hitId: `hit-${body}`, sha256: sha256(Buffer.from(body)) }));
const load = {
  acknowledged: new Map(
    hits.map(({ hitId, sha256 }) => [hitId, { stream, kind: "json", sha256, contentType: undefined }]),
  ),
  sent: new Set(hits.map(({ sha256 }) => sha256)),
  broken: [],
  isResent: ({ hitId }: { hitId: string }) => hitId === "hit-c",
};
const [a, b, c] = hits.map((hit): Found => ({ ...hit, stream: streamRef(stream), where: "row" })) as [
  Found,
  Found,
  Found,
];
const evidence = (...found: Found[]): Evidence => ({ found, brokenViews: [], unreadable: [] });

test("all there once is no wrong", () => {
  expect(judge(load, evidence(a, b, c))).toMatchObject({ wrongs: [], rows: 3, acknowledged: 3 });
});

test.each<[string, Evidence, RegExp]>([
  ["lost", evidence(a, b), /hit-c .* is neither a row nor a dead letter/],
  ["altered", evidence(a, b, { ...c, sha256: sha256(Buffer.from("d")) }), /hit-c .* is not as it was sent/],
  ["another stream's", evidence(a, b, { ...c, stream: "0" }), /hit-c .* is not as it was sent/],
  ["nobody's", evidence(a, b, c, { ...c, hitId: "hit-d", sha256: "0" }), /hit-d is nothing that was sent/],
  [
    "a row and a dead letter",
    evidence(a, b, c, { ...c, where: "dead letter" }),
    /is a row and a dead letter/,
  ],
  [
    "altered on the disk",
    evidence(a, b, { ...c, where: "dead letter", reason: "bytes_altered" }),
    /1 dead letters bytes_altered/,
  ],
  ["in a table that cannot be read", { ...evidence(a, b, c), unreadable: ["t: why"] }, /^t: why$/],
])("a hit that is %s is a wrong", (_, found, says) => {
  const { wrongs } = judge(load, found);
  expect(wrongs).toEqual([expect.stringMatching(says)]);
});

test("a damaged file excuses the hits that it alone held, and no other", () => {
  const waiting = new Set<string>();
  const damage = { waiting, mayLack: (hitId: string) => hitId === "hit-c" };
  expect(judge(load, evidence(a, b), { damage }).wrongs).toEqual([]);
  expect(judge(load, evidence(a), { damage }).wrongs).toEqual([expect.stringMatching(/^hit-b/)]);
  expect(judge(load, evidence(a), { damage: { ...damage, waiting: new Set(["hit-b"]) } }).wrongs).toEqual([]);
  const altered = { ...b, sha256: "0" };
  expect(judge(load, evidence(a, altered), { damage }).wrongs).toHaveLength(1);
  const letter = { ...altered, where: "dead letter", reason: "bytes_altered" } as const;
  expect(judge(load, evidence(a, letter), { damage })).toMatchObject({ wrongs: [], alteredLetters: 1 });
});

test("repeats are counted by their cause: a kill explains one of a hit that was in flight", () => {
  const kills = new Map([["hit-b", 2]]);
  const found = evidence(a, a, b, b, b, b, c, c);
  expect(judge(load, found, { kills }).repeats).toEqual({ unknown: 2, killed: 2, "sent again": 1 });
});
