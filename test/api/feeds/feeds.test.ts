import { expect, test } from "@jest/globals";
import { openAdmin } from "../../support/admin.ts";

const given = { name: "orders", url: "https://crm.example.com/feed", table: "orders", zone: "Europe/Kyiv" };

async function withFeeds() {
  const secrets = new Map<string, string>();
  const asked: string[] = [];
  const admin = await openAdmin({
    feedAsked: () => void asked.push("asked"),
    secrets: {
      put: async (name: string, value: string) => void secrets.set(name, value),
      retire: async (name: string) => void secrets.delete(name),
      read: async (name: string) => secrets.get(name),
      list: async () => [...secrets.keys()].map((name) => ({ name, put_at: 0 })),
    },
  });
  return { ...admin, secrets, asked };
}

test("a feed is added, shown, changed and removed; its password is kept among the secrets and shown to nobody", async () => {
  const { ask, secrets, asked } = await withFeeds();
  const added = await ask("POST", "/v1/feeds", {
    ...given,
    user: "afterclick",
    password: "s3cret",
    partitioned: true,
  });
  expect([added.status, added.json]).toMatchObject([
    201,
    {
      ...given,
      partitioned: true,
      days: 3,
      user: "afterclick",
      secret: "feed-orders",
      fetches: [],
      problems: [],
    },
  ]);
  expect([...secrets]).toEqual([["feed-orders", "s3cret"]]);
  expect(asked).toHaveLength(1);
  expect((await ask("GET", "/v1/feeds")).json).toMatchObject({ feeds: [{ name: "orders" }] });
  expect((await ask("POST", "/v1/feeds", given)).json.code).toBe("feed_there");
  expect((await ask("PATCH", "/v1/feeds/orders", { key: "orderId", days: 5 })).json).toMatchObject({
    key: "orderId",
    days: 5,
  });
  // Whoever may change the address must not be able to have the password sent to a server of theirs.
  const elsewhere = await ask("PATCH", "/v1/feeds/orders", { url: "https://evil.example.com/" });
  expect([elsewhere.status, elsewhere.json.code, elsewhere.json.detail]).toEqual([
    422,
    "feed_refused",
    expect.stringContaining("another server"),
  ]);
  expect((await ask("PATCH", "/v1/feeds/orders", { partitioned: false })).json.code).toBe("feed_refused");
  expect((await ask("PATCH", "/v1/feeds/orders", { user: null })).json).not.toHaveProperty("secret");
  expect(secrets.size).toBe(0);
  const audit = await ask("GET", "/v1/audit");
  expect(JSON.stringify(audit.json)).not.toContain("s3cret");
  expect((await ask("DELETE", "/v1/feeds/orders")).status).toBe(200);
  expect((await ask("GET", "/v1/feeds/orders")).json.code).toBe("feed_unknown");
});

/** They change nothing. */
let shared: ReturnType<typeof withFeeds> | undefined;

test.each<[Record<string, unknown>, number, RegExp]>([
  [{ url: "ftp://x" }, 400, /https:\/\//],
  [{ url: "https://user:secret@x.example.com/" }, 400, /without a user/],
  [{ zone: "Nowhere/At" }, 400, /zone/],
  [{ name: "new" }, 400, /^Name/],
  [{ days: 0 }, 400, /1 to 30/],
  [{ table: "afterclick.x" }, 422, /Afterclick's own tables/],
  [{ password: "p" }, 422, /user is not/],
  [{ updated: "at" }, 422, /key is not/],
  [{ secret: "sftp-host-key" }, 400, /secret/],
])("%j is refused and says what is allowed", async (wrong, status, says) => {
  const { ask } = await (shared ??= withFeeds());
  const refused = await ask("POST", "/v1/feeds", { ...given, ...wrong });
  expect([refused.status, refused.json.detail]).toEqual([status, expect.stringMatching(says)]);
});

test("a feed that a person wrote straight into the registry is shown with what is wrong with it", async () => {
  const { ask, documents } = await withFeeds();
  const put = (id: string, document: Record<string, unknown>) =>
    documents.commit([{ kind: "feeds", id, document }]);
  await put("good", {
    url: "http://crm.example.com",
    table: "t",
    zone: "UTC",
    secret: "feed-crm",
    user: "u",
    key: null,
  });
  await put("bad", { url: "crm", zone: "UTC", secret: "sftp-host-key" });
  await put("Wörse", {});
  const { feeds } = (await ask("GET", "/v1/feeds")).json as unknown as {
    feeds: { name: string; problems: string[] }[];
  };
  expect(feeds.map(({ name, problems }) => [name, problems.length])).toEqual([
    ["Wörse", 1],
    ["bad", 3],
    ["good", 0],
  ]);
  expect((await ask("POST", "/v1/feeds/bad/fetch", {})).json.code).toBe("feed_refused");
});

test("a fetch is asked for, with days that are over alone", async () => {
  const { ask, asked } = await withFeeds();
  await ask("POST", "/v1/feeds", { ...given, partitioned: true });
  const now = await ask("POST", "/v1/feeds/orders/fetch", {});
  expect([now.status, (now.json as unknown as { asked: string[] }).asked]).toEqual([
    202,
    ["2026-11-20", "2026-11-19", "2026-11-18"],
  ]);
  expect((await ask("POST", "/v1/feeds/orders/fetch", { day: "2026-10-01" })).json).toMatchObject({
    asked: ["2026-10-01"],
  });
  expect((await ask("POST", "/v1/feeds/orders/fetch", { day: "2026-11-21" })).json.code).toBe("feed_refused");
  expect((await ask("POST", "/v1/feeds/orders/take")).json.code).toBe("feed_not_waiting");
  expect(asked).toHaveLength(3);
});
