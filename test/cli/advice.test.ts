import { expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { asCommands } from "../../cli/advice.ts";
import { afterclick, fakeAdmin, problem } from "../support/cli.ts";

/** A call of the admin API with the words around it, in the sentences of the product. */
const calls = readdirSync("functions", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(join("functions", name), "utf8"))
  .flatMap((text) => text.match(/[^"`]*\b(?:GET|POST) \/(?:v1|openapi)[^"`]*/g) ?? [])
  .filter((text) => !text.includes("\n"));

test.each(calls)("a person is advised a command, never a call: %s", (text) => {
  const advised = asCommands(text, "rows");
  expect(advised).toContain("afterclick ");
  expect(advised).not.toMatch(/\b(?:GET|POST) \//);
});

test("there are such sentences", () => {
  expect(calls.length).toBeGreaterThan(5);
});

test("what the server refuses leads to the help of the command that was typed", async () => {
  await using admin = await fakeAdmin({
    "POST /v1/streams": problem(
      400,
      "request_refused",
      'Offset is "+3". Nothing was changed; GET /openapi.json describes each request.',
    ),
  });
  const { code, err } = await afterclick(["streams", "add", "--table", "a.b", "--offset", "+3"], {
    url: admin.url,
  });
  expect({ code, err }).toEqual({
    code: 1,
    err: 'afterclick: Offset is "+3". Nothing was changed; afterclick streams add --help explains it. (request_refused)\n',
  });
});
