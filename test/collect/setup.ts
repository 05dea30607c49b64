import { expect } from "@jest/globals";
import { createCollect } from "../../functions/collect/collect.ts";
import type { OriginPorts } from "../../functions/collect/origin.ts";
import type { Hit } from "../../functions/hit.ts";
import { isProblem, type Problem } from "../../functions/problem.ts";
import { overloaded, queueDown } from "../../functions/problems.ts";
import type { Reply, Request } from "../../functions/request.ts";
import { readStream } from "../../functions/streams/stream.ts";
import { request } from "../support/request.ts";
import { until } from "../support/until.ts";

export const id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const path = `/ds/${id}`;
export const receivedAt = 1603131452000;

/** collect on a queue that keeps its hits in a list. */
export function setup(
  document: unknown = { table: "example.orders", offset: "+00:00" },
  more: OriginPorts & { now?: () => number } = {},
) {
  const hits: Hit[] = [];
  const state = { queueDown: false, deadlineMs: NaN };
  const collect = createCollect({
    streams: {
      forget: () => undefined,
      get: (key) =>
        key === id && document !== undefined
          ? readStream(id, document, { defaultDataset: "d" })
          : { kind: "missing" },
    },
    queue: {
      publish: async (hit, { deadlineMs }) => {
        state.deadlineMs = deadlineMs;
        if (state.queueDown) throw queueDown({ why: "disk full" });
        hits.push(hit);
      },
      check: () => (state.queueDown ? Promise.reject(queueDown({ why: "disk full" })) : Promise.resolve()),
      close: () => Promise.resolve(),
    },
    now: () => receivedAt,
    ...more,
  });
  /** As senders do: on a busy machine the bounds on work may be passed, and then the same
   *  request is sent again. */
  const send = async (given: Parameters<typeof request>[0]): Promise<Reply> => {
    let reply: Reply | undefined;
    await until("there is room", async () => {
      try {
        reply = await collect(request({ path, ...given }));
      } catch (error) {
        if (!isProblem(error, overloaded)) throw error;
      }
      return reply !== undefined;
    });
    return reply!;
  };
  const refused = async (given: Parameters<typeof request>[0]): Promise<Problem> => {
    const problem: unknown = await send(given).then(
      (reply) => reply,
      (error: unknown) => error,
    );
    expect(hits).toEqual([]);
    return problem as Problem;
  };
  return { hits, state, send, refused };
}

export const headers = (given: Record<string, string>): Request["headers"] => given;
