import { afterEach, expect, jest, test } from "@jest/globals";
import { keepHouse } from "../../../infra/local/folder/keeper.ts";
import { inFolder } from "../../support/folder.ts";

afterEach(() => void jest.useRealTimers());

test("files that cannot note how far they are say so once, then once a minute, though the others can", () =>
  inFolder(async (directory) => {
    jest.useFakeTimers();
    const lines: Record<string, unknown>[] = [];
    let changes = 0;
    const well = { changes: () => changes++, note: async () => undefined };
    const gone = { ...well, note: () => Promise.reject(new Error("it was removed")) };
    const entrance = { house: "h", states: { queue: 0, warehouse: 0, registry: 0 }, isPending: false };
    const keeper = keepHouse(
      entrance,
      { queue: well, registry: gone, warehouse: well },
      { directory, log: (severity, message, fields) => lines.push({ severity, message, ...fields }) },
    );
    await keeper.begin();
    await jest.advanceTimersByTimeAsync(55_000);
    expect(lines).toEqual([
      expect.objectContaining({ severity: "WARNING", event: "house_unnoted", why: "it was removed" }),
    ]);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatchObject({ event: "house_unnoted" });
    expect(lines[1]!["left_out"]).toBeGreaterThan(50);
    await keeper.stop();
  }));
