import { expect, test } from "@jest/globals";
import type { Handler } from "../../functions/request.ts";
import type { Line } from "../support/wire/raw-http.ts";
import { until } from "../support/until.ts";
import { ask, door, forever, get, line, logged } from "./door.ts";

test("a stream arrives as it is made, and ends when its reader leaves", async () => {
  let ended = false;
  const opened = await door(({ gone }) => ({
    status: 200,
    body: (async function* () {
      try {
        yield* forever(gone);
      } finally {
        ended = true;
      }
    })(),
  }));
  for (const leave of [(one: Line) => one.hangUp(), (one: Line) => one.socket.end()]) {
    ended = false;
    const one = await line(opened);
    one.send(get());
    await until(() => one.text.endsWith("first\r\n"));
    expect(ended).toBe(false);
    leave(one);
    await until(() => ended);
  }
});

test("a stream waits for a slow reader, and one that stalls is cut off", async () => {
  let made = 0;
  const chunk = new Uint8Array(64 * 1024).fill(0x78);
  const handler: Handler = () => ({
    status: 200,
    body: (async function* () {
      for (made = 0; made < 500; made++) yield chunk;
    })(),
  });
  const opened = await door(handler);
  const one = await line(opened);
  one.socket.pause();
  one.send(get());
  await until(() => made > 0);
  let before = -1;
  await until(() => before === (before = made)); // it stands still
  expect(made).toBeLessThan(499);
  one.socket.resume();
  const [answer] = await one.answers(1);
  expect(answer?.body).toHaveLength(500 * chunk.length);
  const impatient = await door(handler, { sendTimeoutMs: 100 });
  const stalled = await line(impatient);
  stalled.socket.pause();
  stalled.send(get());
  await until(() => impatient.stats().requests === 1);
  await until(() => impatient.stats().connections === 0);
});

test("a stream that breaks cannot be taken for a whole one", async () => {
  const opened = await door(() => ({
    status: 200,
    body: (async function* () {
      yield "half";
      throw new Error("the disk is gone");
    })(),
  }));
  await expect(ask(opened, get())).rejects.toThrow(/no answer/);
  expect(JSON.stringify(logged.splice(0))).toMatch(/broke off.*disk is gone/);
});
