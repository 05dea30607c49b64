import { describe, expect, test } from "@jest/globals";
import { type Answer, afterclick, fakeAdmin, problem } from "../../support/cli.ts";
import { hitId, id, leads } from "./leads.ts";

describe("tail", () => {
  const event = (number: number, more = {}) =>
    `event: hit\nid: ${number}\ndata: ${JSON.stringify({ hit_id: hitId, received_at: 1603131452000 + number, bytes: 9, preview: `n=${number}\u001b[2J`, ...more })}\n\n`;
  const stream =
    (then: (write: (text: string) => void, end: () => void) => void): Answer =>
    (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      then(
        (text) => void response.write(text),
        () => void response.destroy(),
      );
    };

  test("goes on from the last hit after a broken connection, a restart and a silence", async () => {
    await using admin = await fakeAdmin({
      [`GET /v1/streams/${id}`]: { json: leads },
      [`GET /v1/streams/${id}/tail`]: [
        stream((write, end) => (write(event(1, { is_test: true })), setImmediate(end))),
        problem(503, "stopping", "The server is stopping."),
        stream((write) => write("event: heartbeat\ndata: {}\n\n" + event(1) + event(2, { replay: 3 }))),
        stream((write) => write(`event: left_out\ndata: {"hits":7}\n\n${event(3)}`)),
      ],
    });
    const { code, out, err } = await afterclick(["tail", id, "--limit", "3"], {
      url: admin.url,
      waits: { silenceMsMax: 300 },
    });
    expect(code).toBe(0);
    expect(out.split("\n").slice(0, 3)).toEqual([
      `18:17:32.001  ${hitId}      9 B  [test]  n=1\\x1b[2J`,
      `18:17:32.002  ${hitId}      9 B  [replay 3]  n=2\\x1b[2J`,
      `18:17:32.003  ${hitId}      9 B  n=3\\x1b[2J`,
    ]);
    expect(err).toContain("Following Leads");
    expect(err).toContain("The connection ended; connecting again.");
    expect(err).toContain("No sign of life for 0.3 s; connecting again.");
    expect(err).toContain("7 hits are not shown here");
    const tails = admin.asked.filter(({ path }) => path.split("?")[0]!.endsWith("/tail"));
    // One window for all connections, and what came again is printed once.
    expect(new Set(tails.map(({ path }) => path)).size).toBe(1);
    expect(tails[0]!.path).toMatch(/\?viewer=[0-9a-f-]{36}$/);
    expect(tails.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "1", "1", "2"]);
  });

  test("a heartbeat is a sign of life: a quiet stream is not connected again", async () => {
    await using admin = await fakeAdmin({
      [`GET /v1/streams/${id}`]: { json: leads },
      [`GET /v1/streams/${id}/tail`]: [
        stream((write) => {
          let beats = 0;
          const beating = setInterval(() => {
            write(": beat\n\n");
            if (++beats < 40) return;
            clearInterval(beating);
            write(event(1));
          }, 20);
        }),
        problem(404, "stream_unknown", "Connected twice."),
      ],
    });
    const { code, err } = await afterclick(["tail", id, "--limit", "1"], {
      url: admin.url,
      waits: { silenceMsMax: 500 },
    });
    expect({ code, err }).toEqual({
      code: 0,
      err: "Following Leads; Ctrl-C ends it.\n",
    });
  });

  test("--filter shows what holds the text, and marks what could not be looked through", async () => {
    await using admin = await fakeAdmin({
      [`GET /v1/streams/${id}`]: { json: leads },
      [`GET /v1/streams/${id}/tail`]: stream((write) =>
        write(event(1, { holds: false }) + event(2, { holds: true }) + event(3)),
      ),
    });
    const { out } = await afterclick(["tail", id, "--limit", "2", "--filter", "order=7"], { url: admin.url });
    expect(out.trim().split("\n")).toEqual([
      `18:17:32.002  ${hitId}      9 B  n=2\\x1b[2J`,
      `18:17:32.003  ${hitId}      9 B  [not looked through]  n=3\\x1b[2J`,
    ]);
    expect(admin.asked.at(-1)!.path).toContain("&filter=order%3D7");
  });

  test("--json prints what came, one document a line", async () => {
    await using admin = await fakeAdmin({
      [`GET /v1/streams/${id}`]: { json: leads },
      [`GET /v1/streams/${id}/tail`]: stream((write) => write(event(1))),
    });
    const { out } = await afterclick(["tail", id, "--json", "--limit", "1"], {
      url: admin.url,
    });
    expect(JSON.parse(out)).toMatchObject({
      hit_id: hitId,
      preview: "n=1\u001b[2J",
    });
    expect(out).not.toContain("\u001b");
  });

  test("a refusal ends it, also when it comes while connecting again", async () => {
    await using admin = await fakeAdmin({
      [`GET /v1/streams/${id}`]: { json: leads },
      [`GET /v1/streams/${id}/tail`]: [
        stream((_, end) => setImmediate(end)),
        problem(404, "stream_unknown", "No stream has this id."),
      ],
    });
    expect(await afterclick(["tail", id], { url: admin.url })).toMatchObject({
      code: 1,
      err: expect.stringContaining("(stream_unknown)"),
    });
  });

  test("Ctrl-C ends it with 130", async () => {
    const stop = new AbortController();
    await using admin = await fakeAdmin({
      [`GET /v1/streams/${id}`]: { json: leads },
      [`GET /v1/streams/${id}/tail`]: stream((write) => write(event(1))),
    });
    const ended = afterclick(["tail", id], {
      url: admin.url,
      stopped: stop.signal,
      onOut: () => stop.abort(),
    });
    expect((await ended).code).toBe(130);
  });
});
