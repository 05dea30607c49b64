import { afterEach, expect, test } from "@jest/globals";
import { inFolder } from "../support/folder.ts";
import { endAll } from "../support/product.ts";
import { crash } from "./crash.ts";

afterEach(endAll);

test(
  "killed at any moment, the product has every hit that it acknowledged, byte for byte, as a row or a dead letter",
  () =>
    inFolder(async (directory) => {
      const lines: string[] = [];
      const report = await crash(directory, 4, (line) => lines.push(line));
      expect({ wrongs: report.wrongs, lines }).toEqual({ wrongs: [], lines });
      expect(report.kills).toEqual({
        "under load": 1,
        "while it starts": 1,
        "while it stops": 1,
        "at a checkpoint": 1,
      });
      expect(report.acknowledged).toBeGreaterThan(200);
      expect(report.deadLetters).toBeGreaterThan(0);
      expect(report.resent).toBeGreaterThan(0);
    }),
  600_000,
);
