import { afterEach, expect, test } from "@jest/globals";
import { inFolder } from "../support/folder.ts";
import { needing } from "../support/needs.ts";
import { noWrongClock } from "../support/machine/wrong-clock.ts";
import { endAll } from "../support/product.ts";
import { crash } from "./campaign/crash.ts";

afterEach(endAll);

needing(noWrongClock, () => undefined);

test(
  "killed at any moment, the product has every hit that it acknowledged, byte for byte, as a row or a dead letter",
  () =>
    inFolder(async (directory) => {
      const lines: string[] = [];
      const clocks = noWrongClock === undefined ? 1 : 0;
      const report = await crash(directory, {
        rounds: 10 + clocks,
        say: (line) => lines.push(line),
        stillMs: [500, 2_000],
        crowdStreams: 50,
      });
      expect({ wrongs: report.wrongs, lines }).toEqual({ wrongs: [], lines });
      expect(report.kills).toEqual({
        "under load": 1,
        "while it starts": 1,
        "while it stops": 1,
        "in an append": 1,
        "in a checkpoint": 1,
        "after it stood still": 1,
        "with a file taken away": 1,
        "under a wrong clock": clocks,
        "with a file gone while it runs": 1,
        "with a damaged file": 1,
        "with a crowd of streams": 1,
      });
      expect(report.verdict.acknowledged).toBeGreaterThan(200);
      expect(report.verdict.deadLetters).toBeGreaterThan(0);
      expect(report.resent).toBeGreaterThan(0);
      expect(report.damaged.map(({ harm }) => harm)).toHaveLength(3);
      expect(report.crowds[0]!.acknowledged).toBeGreaterThan(70);
    }),
  1_200_000,
);
