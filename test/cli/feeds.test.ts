import { expect, test } from "@jest/globals";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterclick, fakeAdmin } from "../support/cli.ts";
import { inFolder } from "../support/folder.ts";

const orders = {
  name: "orders",
  url: "https://crm.example.com/feed",
  table: "orders",
  zone: "Europe/Kyiv",
  partitioned: true,
  days: 3,
  problems: [],
  asked: [],
  waiting: [],
  columns: [{ field: "order-id", column: "order_id", type: "STRING" }],
  fetches: [
    {
      at: Date.UTC(2026, 10, 28, 9),
      day: "2026-11-27",
      state: "waiting",
      code: "shrank",
      reason: "The answer has 3 records.",
      rows: 3,
      took_ms: 5,
    },
  ],
};

test("feeds add sends what was typed, the password from its file, and shows the feed", async () => {
  await inFolder(async (workingDir) => {
    await writeFile(join(workingDir, "password"), "s3cret\n");
    await using admin = await fakeAdmin({ "POST /v1/feeds": { status: 201, json: orders } });
    const typed = ["feeds", "add", "orders", "https://crm.example.com/feed", "orders", "--partitioned"];
    const more = ["--zone", "Europe/Kyiv", "--user", "u", "--password-file", join(workingDir, "password")];
    const { code, out } = await afterclick([...typed, ...more], { url: admin.url });
    expect([code, admin.asked.map(({ body }) => body)]).toEqual([
      0,
      [
        {
          name: "orders",
          url: "https://crm.example.com/feed",
          table: "orders",
          zone: "Europe/Kyiv",
          user: "u",
          password: "s3cret",
          partitioned: true,
        },
      ],
    ]);
    expect(out).toMatch(/^fetches +each day, and the last 3 again$/m);
    expect(out).toMatch(/^order_id +\| STRING +\| order-id/m);
  });
});

test("feeds fetch waits for what it asked for, and fails where the table stayed as it was", async () => {
  await using admin = await fakeAdmin({
    "POST /v1/feeds/orders/fetch": { status: 202, json: { ...orders, asked: ["2026-11-27"], fetches: [] } },
    "GET /v1/feeds/orders": { json: { ...orders, waiting: ["2026-11-27"] } },
  });
  const { code, out, err } = await afterclick(["feeds", "fetch", "orders", "--day", "2026-11-27"], {
    url: admin.url,
  });
  expect(code).toBe(1);
  expect(out).toMatch(/2026-11-27 +\| waiting +\| +3 +\| shrank: The answer has 3 records/);
  expect(err).toContain("afterclick feeds take orders");
  expect(admin.asked[0]?.body).toEqual({ day: "2026-11-27" });
});

test("feeds update clears, and contradicts nobody", async () => {
  await using admin = await fakeAdmin({ "PATCH /v1/feeds/orders": { json: orders } });
  const update = ["feeds", "update", "orders"];
  expect((await afterclick([...update, "--clear", "key", "--days", "5"], { url: admin.url })).code).toBe(0);
  expect(admin.asked.map(({ body }) => body)).toEqual([{ key: null, days: 5 }]);
  for (const wrong of [[], ["--clear", "zone"], ["--key", "a", "--clear", "key"]])
    expect((await afterclick([...update, ...wrong], { url: admin.url })).code).toBe(2);
});
