import { describe, expect, test } from "@jest/globals";
import { afterclick, fakeAdmin, problem } from "../../support/cli.ts";
import { hitId } from "./leads.ts";

const piped = "This is a table for people, nothing cut; --json is for programs.\n";

describe("rows and queries", () => {
  const answer = {
    table: "example.orders",
    columns: ["hit_id", "payload", "received_at", "date", "is_test"],
    rows: [[hitId, "orderId=N1&\u001b[31mstatus=delivered", 1603131452000, "2020-10-19", null]],
  };

  test("rows shows the four columns of the promise; --all and --json the others", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/tables/example.orders/rows": { json: answer },
    });
    const rows = (...more: string[]) => afterclick(["rows", "example.orders", ...more], { url: admin.url });
    const lines = (await rows()).out.split("\n");
    expect(lines[0]?.split("|").map((cell) => cell.trim())).toEqual([
      "hit_id",
      "payload",
      "received_at",
      "received",
      "date",
    ]);
    expect(lines[2]).toBe(
      `${hitId} | orderId=N1&\\x1b[31mstatus=delivered | 1603131452000 | 2020-10-19T18:17:32.000Z | 2020-10-19`,
    );
    expect((await rows("--all")).out).toContain("is_test");
    expect(JSON.parse((await rows("--json", "--limit", "5")).out)[0]).toMatchObject({
      payload: answer.rows[0]![1],
      is_test: null,
    });
    expect(admin.asked.at(-1)?.path).toBe("/v1/tables/example.orders/rows?limit=5&order=newest");
  });

  test("rows and query give JSON columns as JSON, digit by digit; --raw as the text that is stored", async () => {
    const fields = '{"a": [1e400, 12345678901234567890],\n"b": "\u202e"}';
    await using admin = await fakeAdmin({
      "GET /v1/tables/a.b/rows": {
        json: { table: "a.b", columns: ["x", "fields"], types: ["STRING", "JSON"], rows: [["{}", fields]] },
      },
      "POST /v1/query": {
        json: {
          columns: [
            { name: "x", type: "VARCHAR" },
            { name: "fields", type: "JSON" },
          ],
          rows: [["{}", fields]],
        },
      },
    });
    for (const command of [
      ["rows", "a.b"],
      ["query", "select 1"],
    ]) {
      const out = async (...more: string[]) =>
        (await afterclick([...command, ...more], { url: admin.url })).out;
      expect(await out("--json")).toBe(
        '[\n{"x":"{}","fields":{"a": [1e400, 12345678901234567890], "b": "\\u202e"}}\n]\n',
      );
      expect(JSON.parse(await out("--json", "--raw"))).toEqual([{ x: "{}", fields }]);
      expect((await afterclick([...command, "--raw"], { url: admin.url })).err).toContain(
        "--raw goes with --json",
      );
    }
  });

  test("rows cuts the payload on a screen, never the rest", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/tables/example.orders/rows": { json: answer },
    });
    const { out } = await afterclick(["rows", "example.orders"], {
      url: admin.url,
      width: 90,
    });
    expect(out.split("\n")[2]).toMatch(new RegExp(`^${hitId} \\| .*… \\| 1603131452000 \\| 2020-10-19$`));
    expect(out).not.toContain("\u001b");
  });

  test("rows too large for one answer are shown as far as they fit, and it is said", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/tables/example.orders/rows": {
        json: { ...answer, truncated: true },
      },
    });
    const told =
      "Only the newest 1 row is shown: --limit 20 is too large for one answer. " +
      "afterclick export writes them all to a file.\n";
    for (const more of [[], ["--json"]]) {
      const { code, out, err } = await afterclick(["rows", "example.orders", ...more], { url: admin.url });
      const pipe = more.length === 0 ? piped : "";
      expect({ code, err }).toEqual({ code: 0, err: told + pipe });
      expect(out).toContain(hitId);
    }
  });

  test("an empty table is said to be empty; a missing one is the server's word", async () => {
    await using admin = await fakeAdmin({
      "GET /v1/tables/a.b/rows": { json: { ...answer, rows: [] } },
      "GET /v1/tables/a%2Fb/rows": problem(404, "table_missing", "The table a/b does not exist."),
    });
    expect((await afterclick(["rows", "a.b"], { url: admin.url })).err).toBe(`a.b has no row yet.\n${piped}`);
    expect(await afterclick(["rows", "a/b"], { url: admin.url })).toMatchObject({
      code: 1,
      err: expect.stringContaining("(table_missing)"),
    });
  });

  test("query prints a table, CSV or JSON, and says when the result was cut", async () => {
    const json = {
      columns: [{ name: "date" }, { name: "n" }],
      rows: [["2020-10-19", "9007199254740993"]],
      truncated: true,
    };
    await using admin = await fakeAdmin({ "POST /v1/query": { json } });
    const query = (...more: string[]) => afterclick(["query", "select 1", ...more], { url: admin.url });
    const plain = await query("--limit", "1", "--deadline", "5");
    expect(plain.out).toContain("2020-10-19 | 9007199254740993");
    expect(plain.err).toBe(
      "Only the first 1 row is shown: raise --limit (to 100000), or use afterclick export.\n",
    );
    // A larger limit would not help where it was the size that cut it.
    expect((await query("--limit", "2")).err).toBe(
      "Only the first 1 row is shown: more is too large for one answer. Select fewer columns or rows, or use afterclick export.\n",
    );
    expect(admin.asked[0]?.body).toEqual({
      sql: "select 1",
      rows_max: 1,
      deadline_seconds: 5,
    });
    json.rows.push(["=1+1", "-7"]);
    expect((await query("--csv", "--excel")).out).toBe(
      "\ufeffdate,n\r\n2020-10-19,9007199254740993\r\n'=1+1,-7\r\n",
    );
    json.rows.pop();
    expect((await query("--excel")).err).toContain("--excel goes with --csv");
    expect((await query("--csv")).out).toBe("date,n\r\n2020-10-19,9007199254740993\r\n");
    expect(JSON.parse((await query("--json")).out)).toEqual([{ date: "2020-10-19", n: "9007199254740993" }]);
  });
});
