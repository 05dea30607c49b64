import { afterEach, expect, test } from "@jest/globals";
import { inFolder } from "../../../support/folder.ts";
import { crashImports, endLives } from "./crash.ts";

afterEach(endLives);

test("killed after any step of an import, or in the middle of it, others go on to the tables of one that was not", () =>
  inFolder(async (folder) => {
    const lines: string[] = [];
    // `npm run crash:imports` goes through all steps, and begins anew wherever chance has it.
    const report = await crashImports(folder, {
      rounds: 3,
      killsMax: 1,
      random: () => 0.5,
      say: (line) => lines.push(line),
    });
    expect({ wrongs: report.wrongs, lines }).toEqual({ wrongs: [], lines });
    expect(report.steps).toBeGreaterThan(60);
    expect(Object.values(report.kills).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(3);
  }));
