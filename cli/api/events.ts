/** One server-sent event. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  /** The last id that came, also where this event has none itself. */
  readonly lastEventId: string;
}

/** A previewed hit has less than 2 KiB. */
const eventLettersMax = 1024 * 1024;

/** Reads events as the standard describes; Node's own EventSource cannot send a token.
 *  Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 *  @throws Error past the size of an event */
export async function* serverEvents(
  chunks: AsyncIterable<Uint8Array>,
  alive: () => void,
): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  let event = "";
  let data: string[] = [];
  let lastEventId = "";
  for await (const chunk of chunks) {
    alive();
    rest += decoder.decode(chunk, { stream: true });
    // A CR at the end may be half of a CRLF: it waits for what follows.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop()!;
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0)
          yield {
            event: event === "" ? "message" : event,
            data: data.join("\n"),
            lastEventId,
          };
        event = "";
        data = [];
        continue;
      }
      const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!;
      if (field === "event") event = value;
      if (field === "data") data.push(value);
      if (field === "id" && !value.includes("\0")) lastEventId = value;
    }
    if (rest.length + data.reduce((sum, line) => sum + line.length, 0) > eventLettersMax) {
      throw new Error(`an event has more than ${eventLettersMax} characters`);
    }
  }
}
