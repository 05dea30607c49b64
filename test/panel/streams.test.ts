import { expect, test } from "@jest/globals";
import { openPanel } from "./setup.ts";

const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

test("with no stream it says what one is, with the call and the row that it makes", async () => {
  const { get } = await openPanel();
  const html = String((await get("/streams")).body);
  expect(html).toContain("A stream is one address that your CRM calls and one table that fills up.");
  expect(html).toContain("https://in.example.com/ds/<mark>your stream</mark>");
});

test("a list of many is paged, and the pages keep the filter", async () => {
  const { registry, get } = await openPanel();
  for (let number = 1; number <= 120; number++)
    await registry.write(
      id(number),
      { name: `Shop ${number}`, table: `shop.t${number}`, offset: "UTC" },
      null,
    );
  await registry.write(id(999), { name: "Other", table: "crm.other", offset: "UTC" }, null);
  const rows = (html: string) => html.match(/<a class="thing"/g)?.length;
  const first = String((await get("/streams?q=SHOP")).body);
  expect(rows(first)).toBe(50);
  expect(first).toContain("120 streams.");
  expect(first).toContain('href="/streams?q=SHOP&amp;state=&amp;page=3"');
  expect(rows(String((await get("/streams?q=SHOP&page=3")).body))).toBe(20);
  // Past the end, and no number at all.
  expect(rows(String((await get("/streams?q=SHOP&page=99")).body))).toBe(20);
  expect(rows(String((await get("/streams?q=SHOP&page=-1e9")).body))).toBe(50);
});

test("a filter that nothing matches says so and can be cleared", async () => {
  const { registry, get } = await openPanel();
  await registry.write(id(1), { table: "a.b", offset: "UTC" }, null);
  const html = String((await get("/streams?q=nothing&state=paused")).body);
  expect(html).toMatch(/No stream matches\..*href="\/streams"[^>]*>Clear filters/s);
});

test("one that needs somebody stands first, with the cause; the states of the others are said", async () => {
  const { registry, get } = await openPanel();
  await registry.write(id(1), { name: "A paused", table: "a.b", offset: "UTC", state: "paused" }, null);
  await registry.write(id(2), { name: "B broken", table: "a.b", offset: "nowhere" }, null);
  await registry.write(
    id(3),
    { name: "C removed", table: "a.b", offset: "UTC", removed_at: "2026-01-01T00:00:00Z" },
    null,
  );
  await registry.write(id(4), { name: "D new", table: "a.d", offset: "Europe/Kyiv" }, null);
  await registry.write(id(5), {}, null);
  const html = String((await get("/streams")).body);
  const names = [...html.matchAll(/<a class="thing"[^>]*>([^<]*)</g)].map(([, name]) => name);
  expect(names).toEqual([id(5), "B broken", "A paused", "D new"]);
  expect(html).toContain("2 of 4 streams need attention.");
  expect(html).toMatch(/B broken.*Failing.*offset is .*nowhere/s);
  expect(html).toMatch(/A paused.*Paused.*Senders get 503/s);
});

test("a long name of a table breaks behind its dots and underscores, a short one nowhere", async () => {
  const { registry, get } = await openPanel();
  await registry.write(id(1), { table: "afterclick_demo_crm.leads", offset: "UTC" }, null);
  await registry.write(id(2), { table: "crm.leads", offset: "UTC" }, null);
  const html = String((await get("/streams")).body);
  expect(html).toContain(">afterclick_<wbr/>demo_<wbr/>crm.<wbr/>leads<");
  expect(html).toContain(">crm.leads<");
});

test("what a document holds is text, whatever it says", async () => {
  const { registry, get } = await openPanel();
  const name = `<img src=x onerror="alert(1)">'"&</script>`;
  await registry.write(id(1), { name, table: "<script>alert(1)</script>", offset: "UTC" }, null);
  const html = String((await get(`/streams?q=${encodeURIComponent('"><script>alert(1)</script>')}`)).body);
  for (const page of [html, String((await get("/streams")).body)]) {
    expect(page).not.toMatch(/<img|<script>|onerror="/);
  }
});
