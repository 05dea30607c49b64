import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { needing } from "../support/needs.ts";
import { module, noTerraform, openTool, type Tool } from "./tool.ts";

/** One line of `terraform test -json`. */
interface Line {
  readonly type: string;
  readonly "@testfile"?: string;
  readonly "@testrun"?: string;
  readonly test_run?: { readonly progress: string; readonly status?: string };
  readonly diagnostic?: { readonly summary: string; readonly detail: string };
}

const files = readdirSync(join(module, "tests")).filter((name) => name.endsWith(".tftest.hcl"));

needing(noTerraform(process.env), () => {
  let terraform: Tool;

  beforeAll(async () => {
    terraform = await openTool(process.env);
    const made = await terraform.run("init", "-backend=false", "-input=false", "-no-color");
    if (made.status !== 0) throw new Error(made.output);
  });

  afterAll(() => terraform?.stop());

  test("the module and its examples are formatted", async () => {
    const { status, output } = await terraform.run("fmt", "-check", "-recursive", "-diff", "-no-color");
    expect({ status, output }).toMatchObject({ status: 0 });
  });

  test.each([".", ...readdirSync(join(module, "examples")).map((name) => `examples/${name}`)])(
    "%s is valid as it stands",
    async (folder) => {
      const made = await terraform.run(
        `-chdir=${folder}`,
        "init",
        "-backend=false",
        "-input=false",
        "-no-color",
      );
      expect(made).toMatchObject({ status: 0 });
      expect(await terraform.run(`-chdir=${folder}`, "validate", "-no-color")).toMatchObject({ status: 0 });
    },
  );

  describe.each(files)("%s", (file) => {
    const runs = [...readFileSync(join(module, "tests", file), "utf8").matchAll(/^run "([^"]+)"/gm)].map(
      ([, run]) => run!,
    );
    const lines: Line[] = [];
    let output = "";

    beforeAll(async () => {
      ({ output } = await terraform.run("test", "-json", `-filter=tests/${file}`));
      for (const text of output.split("\n")) {
        if (text.startsWith("{")) lines.push(JSON.parse(text) as Line);
      }
    });

    test.each(runs.map((run) => [run.replaceAll("_", " "), run]))("%s", (_name, run) => {
      const ended = lines.find((line) => line["@testrun"] === run && line.test_run?.progress === "complete");
      const said = lines.filter((line) => line.diagnostic !== undefined && (line["@testrun"] ?? run) === run);
      expect({
        status: ended?.test_run?.status ?? `not run: ${output.slice(0, 2000)}`,
        said: said.map(({ diagnostic }) => `${diagnostic?.summary}: ${diagnostic?.detail}`),
      }).toMatchObject({ status: "pass" });
    });
  });
});
