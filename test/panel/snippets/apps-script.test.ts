import { createContext, runInContext } from "node:vm";
import { expect, test } from "@jest/globals";
import { snippet } from "../../../panel/snippets/snippets.ts";

const endpoint = "https://in.example.org/ds/3d1f7a90-5c26-4e0b-9b84-6f2a1c7de513";
const name = "order-N1-delivered-1579478400";

type Answer = { status: number; headers?: Record<string, string> } | "no answer";

interface Fetched {
  readonly url: string;
  readonly options: { method: string; contentType: string; payload: string; headers: Record<string, string> };
}

/** Google's house, as far as the script sees it: its services, and a clock that only sleeping moves. */
function house(body: "form" | "json", answers: Answer[]) {
  const clock = { ms: 1_795_000_000_000 };
  const properties = new Map<string, string>();
  const fetched: Fetched[] = [];
  const slept: number[] = [];
  const said: string[] = [];
  const triggers: string[] = [];
  let isLocked = false;
  const say = (line: string) => void said.push(line);
  const context = createContext({
    Date: { now: () => clock.ms },
    console: { log: say, warn: say, error: say },
    UrlFetchApp: {
      fetch(
        url: string,
        options: Fetched["options"] & { muteHttpExceptions: boolean; followRedirects: boolean },
      ) {
        expect([options.muteHttpExceptions, options.followRedirects]).toEqual([true, false]);
        fetched.push({ url, options });
        const answer = answers.shift()!;
        if (answer === "no answer") throw new Error("Address unavailable");
        return {
          getResponseCode: () => answer.status,
          getHeaders: () => answer.headers ?? {},
          getContentText: () => "here is why",
        };
      },
    },
    Utilities: {
      sleep(ms: number) {
        slept.push(ms / 1000);
        clock.ms += ms;
      },
    },
    PropertiesService: {
      getScriptProperties: () => ({
        getProperties: () => Object.fromEntries(properties),
        setProperty: (key: string, value: string) => void properties.set(key, value),
        deleteProperty: (key: string) => void properties.delete(key),
      }),
    },
    LockService: {
      getScriptLock: () => ({
        tryLock: () => !isLocked && (isLocked = true),
        releaseLock: () => void (isLocked = false),
      }),
    },
    ScriptApp: {
      newTrigger: (called: string) => ({
        timeBased: () => ({
          everyMinutes: (n: number) => ({ create: () => void triggers.push(`${called} ${n}`) }),
        }),
      }),
    },
  });
  runInContext(snippet("apps-script", endpoint, body).text, context);
  const call = (code: string) => void runInContext(code, context);
  return { call, clock, properties, fetched, slept, said, triggers, lock: () => void (isLocked = true) };
}

const stored: Answer = { status: 200, headers: { "Afterclick-Hit-Id": "05b5c783" } };

test.each([
  ["form", "application/x-www-form-urlencoded", "orderId=N1&status=delivered&total=120.13&userId=U1"],
  ["json", "application/json", '{"orderId":"N1","status":"delivered","total":"120.13","userId":"U1"}'],
] as const)(
  "%s: two failed tries, then it is stored, in one run and with nothing left",
  (body, contentType, payload) => {
    const busy: Answer = { status: 503, headers: { "Retry-After": "7" } };
    const { call, fetched, slept, said, properties } = house(body, [busy, "no answer", stored]);
    call("orderWasDelivered()");
    expect(fetched).toHaveLength(3);
    for (const { url, options } of fetched)
      expect({ url, ...options }).toMatchObject({ url: endpoint, method: "post", contentType, payload });
    expect(fetched.map(({ options }) => options.headers)).toEqual(Array(3).fill({ "webhook-id": name }));
    expect(slept[0]).toBe(7);
    expect(slept[1]).toBeGreaterThanOrEqual(4);
    expect(slept[1]).toBeLessThanOrEqual(6);
    expect(said.at(-1)).toBe(`${name} is stored as hit 05b5c783`);
    expect([...properties]).toEqual([]);
  },
);

test("long pauses are waited for by the trigger, which sends only what is due", () => {
  const { call, clock, fetched, slept, said, triggers, properties } = house("form", [
    ...Array<Answer>(4).fill("no answer"),
    { status: 500 },
    stored,
  ]);
  call("install()");
  expect(triggers).toEqual(["sendWaiting 5"]);
  call("orderWasDelivered()");
  expect([fetched.length, slept.length, properties.size]).toEqual([4, 3, 1]);
  call("sendWaiting()");
  expect(fetched).toHaveLength(4);
  clock.ms += 360_000;
  call("sendWaiting()");
  expect(fetched).toHaveLength(5);
  clock.ms += 1_439_000;
  call("sendWaiting()");
  expect(fetched).toHaveLength(5);
  clock.ms += 721_000;
  call("sendWaiting()");
  expect(said.at(-1)).toBe(`${name} is stored as hit 05b5c783`);
  expect(properties.size).toBe(0);
});

test("what is refused is not repeated, and kept with its reason in the log", () => {
  const { call, fetched, said, properties } = house("json", [{ status: 410 }]);
  call("orderWasDelivered()");
  expect(fetched).toHaveLength(1);
  expect(said).toEqual([`${name} is not stored: HTTP 410 here is why`]);
  expect([...properties.keys()]).toEqual([`afterclick failed ${name}`]);
});

test("a run beside another one leaves its delivery to the trigger", () => {
  const { call, fetched, properties, lock } = house("form", [stored]);
  lock();
  call("orderWasDelivered()");
  expect([fetched.length, properties.size]).toEqual([0, 1]);
});
