import { expect, test } from "@jest/globals";
import { linkEvents } from "../../../functions/import/links/link.ts";
import { readWebEvents } from "../../../functions/import/links/refresh.ts";
import type { LinkSettings } from "../../../functions/import/links/settings.ts";
import { drawn } from "./drawn.ts";
import { openLocalGround } from "./local-ground.ts";
import { answerColumns, asAnswer, openOracle } from "./oracle.ts";
import { morning, settings } from "./setup.ts";

/** LINKS=full is the size that the issue names. */
const [webCount, backendCount] = process.env["LINKS"] === "full" ? [100_000, 50_000] : [4_000, 2_000];

/** Each an import of its own; together they have all events. */
const imports: Readonly<Record<string, Partial<LinkSettings>>> = {
  amsterdam: {},
  new_york: { zone: "America/New_York" },
  kathmandu: { zone: "Asia/Kathmandu", order: "any" },
  lord_howe: { zone: "Australia/Lord_Howe", choice: "first" },
  strict: { zone: "-03:30", after_days: 0, look_back_days: 30 },
  any_first: { zone: "Europe/Dublin", order: "any", choice: "first", window_days: 7, after_days: 3 },
};

test(`links of ${backendCount} events to ${webCount} web events are those of plain loops`, async () => {
  await using ground = await openLocalGround();
  const { web, events } = drawn(webCount, backendCount, 14);
  await ground.addWeb(web);
  await readWebEvents(ground.ports, ground.web, { first: "2020-01-01" });
  const answer = openOracle(web);
  const names = Object.keys(imports);
  const reasons = new Set<string | null>();
  for (const [index, importId] of names.entries()) {
    const own = events.filter((_, at) => at % names.length === index);
    const its = { ...settings, ...imports[importId] };
    await ground.addEvents(own, importId);
    const linking = { importId, source: "site", settings: its, which: "due" } as const;
    expect(await linkEvents(ground.ports, linking)).toMatchObject({ changed: own.length, moved: 0 });
    const found = await ground.links(answerColumns, importId);
    for (const event of own) {
      const right = answer(event, its, morning);
      reasons.add(right.reason);
      expect({ event, ...asAnswer(found.get(event.event_id)!) }).toEqual({ event, ...right });
    }
    expect(await linkEvents(ground.ports, { ...linking, which: "all" })).toMatchObject({ changed: 0 });
  }
  // What was drawn would prove little if a reason were not among it.
  expect(reasons.size).toBe(9);
});
