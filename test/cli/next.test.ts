import { expect, test } from "@jest/globals";
import { commands } from "../../cli/commands.ts";
import { catalogue } from "../../functions/problems.ts";
import { openAdmin } from "../support/admin.ts";
import { afterclick, fakeAdmin, problem } from "../support/cli.ts";

const advised = [...catalogue.values()].flatMap(({ code, next }) =>
  next === undefined ? [] : [{ code, next }],
);

test("some errors lead to another request", () => {
  expect(advised.length).toBeGreaterThan(3);
});

test.each(advised)("$code leads to an operation of the document", async ({ next }) => {
  const { document } = await openAdmin();
  const [method = "", address = ""] = next.operation.split(" ");
  const [path = "", query = ""] = address.split("?");
  const operation = document.paths[path]?.[method.toLowerCase()];
  expect(operation).toBeDefined();
  const declared = (operation?.parameters ?? []).map(({ name }) => name);
  for (const name of new URLSearchParams(query).keys()) expect(declared).toContain(name);
});

test.each(advised.filter(({ next }) => next.command !== undefined))(
  "$code leads to a command that is there, with its options",
  ({ next }) => {
    const words = next.command!.split(" ").slice(1);
    const command = commands.find(({ name }) =>
      name.split(" ").every((word, index) => words[index] === word),
    );
    expect(command).toBeDefined();
    const options = words.filter((word) => word.startsWith("--")).map((word) => word.slice(2));
    for (const option of options) expect(Object.keys(command!.options)).toContain(option);
  },
);

test.each([...catalogue.values()])(
  "no sentence of $code names a call: people read them too",
  async ({ code }) => {
    const source = catalogue.get(code)!;
    const given = { problems: ["x"], findings: ["x"], rows: [] };
    expect(source(given as never).message).not.toMatch(/\b(GET|POST|PATCH|DELETE) \/(v1|openapi)/);
  },
);

test("the answer of the API carries where to go, for a program and for a person", async () => {
  const { ask } = await openAdmin();
  const { json } = await ask("GET", "/v1/streams/none");
  expect(json).toMatchObject({
    code: "stream_unknown",
    next: { operation: "GET /v1/streams?removed=true", command: "afterclick streams list --removed" },
  });
  expect((await ask("GET", "/v1/streams?removed=2")).json).toMatchObject({
    next: { operation: "GET /openapi.json" },
  });
});

test.each([
  ["the command it names", { command: "afterclick status" }, " Next: afterclick status"],
  ["the help of the command typed", { operation: "GET /x" }, " Next: afterclick streams add --help"],
  ["nothing that moves the screen", { command: "afterclick \u001b[2J" }, " Next: afterclick \\x1b[2J"],
  ["nothing where the server has none", undefined, ""],
  ["nothing where it is no advice", "x", ""],
])("a refusal leads a person to %s", async (_, next, said) => {
  const { status, json } = problem(400, "request_refused", 'Offset is "+3". Correct this and send it again.');
  await using admin = await fakeAdmin({ "POST /v1/streams": { status, json: { ...Object(json), next } } });
  const { code, err } = await afterclick(["streams", "add", "--table", "a.b", "--offset", "+3"], {
    url: admin.url,
  });
  expect(code).toBe(1);
  expect(err).toBe(`afterclick: Offset is "+3". Correct this and send it again. (request_refused)${said}\n`);
});
