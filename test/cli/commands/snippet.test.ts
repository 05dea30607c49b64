import { expect, test } from "@jest/globals";
import { snippet } from "../../../cli/commands/snippet.ts";
import { integrationTypes } from "../../../panel/snippets/snippets.ts";
import { afterclick, fakeAdmin, problem } from "../../support/cli.ts";
import { id, leads } from "./leads.ts";

const stream = { [`GET /v1/streams/${id}`]: { json: leads } };

test("prints the text as it is, and asks for the type and the body that are named", async () => {
  const text = 'endpoint = "…"\n\tx\n';
  await using admin = await fakeAdmin({ ...stream, [`GET /v1/streams/${id}/snippet`]: { json: { text } } });
  const argv = ["snippet", id, "--type", "python", "--body", "json"];
  expect(await afterclick(argv, { url: admin.url })).toMatchObject({ code: 0, out: text, err: "" });
  expect(await afterclick(["snippet", id], { url: admin.url })).toMatchObject({ code: 0, out: text });
  expect(admin.asked.map(({ path }) => path).filter((path) => path.includes("/snippet"))).toEqual([
    `/v1/streams/${id}/snippet?type=python&body=json`,
    `/v1/streams/${id}/snippet`,
  ]);
});

test("an unknown type is refused in the server's words, another body before anything is asked", async () => {
  await using admin = await fakeAdmin({
    ...stream,
    [`GET /v1/streams/${id}/snippet`]: problem(400, "request_refused", 'Type is "cobol"; allowed is: bash.'),
  });
  const refused = await afterclick(["snippet", id, "--type", "cobol"], { url: admin.url });
  expect([refused.code === 0, refused.err.includes('Type is "cobol"')]).toEqual([false, true]);
  expect(await afterclick(["snippet", id, "--body", "xml"], { url: admin.url })).toMatchObject({
    code: 2,
    err: expect.stringContaining("allowed are form, json"),
  });
});

test("the help names every type that there is", () => {
  const named = snippet
    .notes!.slice(0, 2)
    .flatMap((line) => line.split(": ")[1]!.replace(".", "").split(", "));
  expect(named).toEqual(integrationTypes.map(({ type }) => type));
});
