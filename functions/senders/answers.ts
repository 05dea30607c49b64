import type { Reply } from "../request.ts";

/** What senders wait for once their hit is stored. Some count any other body as a failure. */
export const answers = {
  json: { type: "application/json", body: undefined, says: '`{"hit_id":"…"}`' },
  "empty-json": { type: "application/json", body: "{}", says: "`{}`" },
  ok: { type: "text/plain; charset=utf-8", body: "ok", says: "`ok`" },
  accepted: { type: "text/plain; charset=utf-8", body: "[accepted]", says: "`[accepted]`" },
  "soap-ack": {
    type: "text/xml; charset=utf-8",
    body:
      '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>' +
      '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>' +
      "</soapenv:Body></soapenv:Envelope>",
    says: "the SOAP Ack of outbound messages",
  },
  twiml: { type: "text/xml; charset=utf-8", body: "<Response/>", says: "`<Response/>`" },
  empty: { type: undefined, body: "", says: "200 without a body" },
  none: { type: undefined, body: undefined, says: "204" },
  gif: {
    type: "image/gif",
    body: Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64"),
    says: "a picture of one pixel",
  },
} as const satisfies Record<string, { type?: string; body?: string | Uint8Array; says: string }>;

export type AnswerName = keyof typeof answers;
export const answerNames = Object.keys(answers) as AnswerName[];

/** The hit_id always stands in the header. */
export function answerOf(name: AnswerName, hit_id: string): Reply {
  const { type, body } = answers[name];
  const headers = { ...(type !== undefined && { "content-type": type }), "afterclick-hit-id": hit_id };
  if (name === "none") return { status: 204, headers };
  return { status: 200, headers, body: body ?? `{"hit_id":"${hit_id}"}` };
}
