import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { afterclick, fakeAdmin, stopClock } from "../../support/cli.ts";
import { hitId, id, leads, letter, other, row, searched } from "./leads.ts";

afterEach(() => void jest.restoreAllMocks());

describe("hit", () => {
  const look = async (json: object, ...more: string[]) => {
    await using admin = await fakeAdmin({
      [`GET /v1/hits/${hitId}`]: {
        json: { hit_id: hitId, rows: [], queue: "absent", searched, ...json },
      },
    });
    return {
      ...(await afterclick(["hit", hitId.toUpperCase(), ...more], {
        url: admin.url,
      })),
      asked: admin.asked,
    };
  };

  test("in the table: shows the row", async () => {
    const { code, out, err } = await look({
      state: "in_table",
      rows: [{ table: "crm.leads", row }],
    });
    expect(code).toBe(0);
    expect(out).toContain(`${hitId} is in the table crm.leads:`);
    expect(out).toMatch(/^payload +orderId=N1$/m);
    expect(err).toBe("Searched: the table crm.leads, the dead letters, the queue.\n");
  });
  test("waiting: says that it becomes a row by itself", async () => {
    expect(await look({ state: "waiting", queue: "waiting" })).toMatchObject({
      code: 0,
      out: expect.stringContaining("waits in the queue"),
    });
  });
  test("a dead letter: shows the reason and how to go on", async () => {
    const { code, out } = await look({
      state: "dead_letter",
      dead_letter: letter,
    });
    expect(code).toBe(0);
    expect(out).toContain("schema_differs");
    expect(out).toContain(letter.detail);
    expect(out).toContain(`afterclick dead-letters replay ${hitId}`);
  });
  test("not found: leaves with 4, says what was searched, what was not, and how old the oldest waiting hit is", async () => {
    const { code, out, err, asked } = await look(
      {
        state: "not_found",
        queue: "unknown",
        searched: {
          ...searched,
          queue: false,
          since: "2026-11-01",
          skipped: [{ table: "x.y", why: "No permission." }],
        },
        oldest_waiting_received_at: stopClock() - 5 * 60_000,
      },
      "--since",
      "2026-11-01",
    );
    expect({ code, out }).toEqual({
      code: 4,
      out: `${hitId} was not found.\n`,
    });
    expect(err).toContain(
      "Searched: the table crm.leads since 2026-11-01, the dead letters of all days. The queue itself cannot be searched.",
    );
    expect(err).toContain("received 5 min ago");
    expect(err).toContain("Not searched: x.y (No permission.)");
    expect(asked[0]?.path).toBe(`/v1/hits/${hitId}?since=2026-11-01`);
  });
  test("of a stream that is named: only its table is searched", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/streams": { json: { streams: [leads] } },
      [`GET /v1/hits/${hitId}?stream_id=${id}`]: {
        json: {
          hit_id: hitId,
          state: "in_table",
          rows: [{ table: "crm.leads", row }],
          queue: "absent",
          searched,
        },
      },
    });
    expect(await afterclick(["hit", hitId, "--stream", "Leads"], { url: admin.url })).toMatchObject({
      code: 0,
      out: expect.stringContaining("is in the table crm.leads"),
    });
  });
});

const lookedThrough = { since: "2026-11-20", tables: ["crm.leads"], dead_letters: 2, queue: false };
const found = { hit_id: hitId, table: "crm.leads", received_at: 1_603_131_452_000, date: "2020-10-19" };

const find = async (json: object, ...more: string[]) => {
  await using admin = await fakeAdmin({
    "GET /v1/streams": { json: { streams: [leads] } },
    "GET /v1/hits": { json: { hits: [], dead_letters: [], searched: lookedThrough, ...json } },
  });
  const ended = await afterclick(["find", "N1 & co", ...more], { url: admin.url });
  return { ...ended, asked: admin.asked.at(-1)?.path };
};

test("what holds the text is listed, and what was searched and what was not is said", async () => {
  const { code, out, err, asked } = await find({
    hits: [{ ...found, is_delivery: true }],
    more: true,
    dead_letters: [{ ...letter, hit_id: other }],
  });
  expect(code).toBe(0);
  expect(out).toContain(`${hitId} | 2020-10-19T18:17:32Z | crm.leads    | delivery`);
  expect(out).toContain(`${other} | 2020-10-19T18:17:32Z | dead letters | schema_differs, waiting`);
  expect(err).toBe(
    "There are more. Searched: 1 table and 2 dead letters since 2026-11-20. Not searched: hits that wait in the queue, and refused requests, of which nothing is stored.\n",
  );
  expect(asked).toBe("/v1/hits?text=N1+%26+co");
});

test("nothing found leaves with 4, and names what could not be searched", async () => {
  const skipped = [{ table: "crm.leads", why: "It is forbidden." }];
  const { code, out, err, asked } = await find(
    { searched: { ...lookedThrough, dead_letters_left_out: true, skipped } },
    "--since",
    "2026-11-20",
    "--stream",
    "Leads",
  );
  expect([code, out]).toEqual([4, "Nothing was found.\n"]);
  expect(err).toContain("2 dead letters, the newest since 2026-11-20");
  expect(err).toContain("Not searched: crm.leads (It is forbidden.)");
  expect(asked).toBe(`/v1/hits?text=N1+%26+co&since=2026-11-20&stream_id=${id}`);
  expect((await find({}, "--since", "yesterday")).code).toBe(2);
  expect(JSON.parse((await find({ hits: [found] }, "--json")).out)).toMatchObject({ hits: [found] });
});
