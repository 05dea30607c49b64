import { form, json, type Sender } from "./sender.ts";

const utf8Bom = "\ufeff";
const windows1251 = (text: string) =>
  Uint8Array.from(text, (letter) => {
    const code = letter.codePointAt(0)!;
    // А to я stand in a row in both.
    return code >= 0x410 && code <= 0x44f ? code - 0x410 + 0xc0 : code;
  });

/** Forms that people fill in, mail and support tools, and what programmers write in 1C. */
export const forms: readonly Sender[] = [
  {
    name: "Typeform",
    headers: { ...json, "typeform-signature": "sha256=00", "user-agent": "Typeform Webhooks" },
    body: '{"event_id":"LtWXD3crgy","event_type":"form_response","form_response":{"form_id":"lT4Z3j","token":"a3a12ec67a1365927098a606107fac15","submitted_at":"2026-11-20T10:00:00Z","answers":[{"type":"number","number":42}]}}',
    kept: { "user-agent": "Typeform Webhooks" },
    key: "form_response.token",
    updated: "form_response.submitted_at",
    later: { body: [["T10:00:00Z", "T10:00:09Z"]] },
  },
  {
    name: "Tally",
    headers: { ...json, "tally-signature": "00" },
    body: '{"eventId":"a4cb511e","eventType":"FORM_RESPONSE","createdAt":"2026-11-20T10:00:00.123Z","data":{"responseId":"2wgx4n","fields":[{"key":"question_1","label":"Your name","value":"Olena"}]}}',
    kept: {},
    key: "data.responseId",
    updated: "createdAt",
    later: {
      body: [
        ["00.123Z", "00.124Z"],
        ["Olena", "Olha"],
      ],
    },
  },
  {
    name: "Mailchimp audience",
    headers: { ...form, "user-agent": "MailChimp" },
    body: "type=subscribe&fired_at=2026-11-20+21%3A35%3A57&data%5Bid%5D=8a25ff1d98&data%5Blist_id%5D=a6b5da1054&data%5Bmerges%5D%5BEMAIL%5D=api%40mailchimp.com&data%5Bmerges%5D%5BINTERESTS%5D=Group1%2CGroup2",
    fields:
      '{"type":"subscribe","fired_at":"2026-11-20 21:35:57","data":{"id":"8a25ff1d98","list_id":"a6b5da1054","merges":{"EMAIL":"api@mailchimp.com","INTERESTS":"Group1,Group2"}}}',
    kept: { "user-agent": "MailChimp" },
    key: ["data.list_id", "data.id"],
    updated: "fired_at",
    later: {
      body: [
        ["21%3A35%3A57", "21%3A35%3A58"],
        ["type=subscribe", "type=unsubscribe"],
      ],
    },
  },
  {
    name: "Intercom",
    headers: { ...json, "x-hub-signature": "sha1=00", "user-agent": "intercom-webhook/1.0" },
    body: '{"type":"notification_event","topic":"contact.user.updated","id":"notif_1","created_at":1795170000,"data":{"item":{"type":"contact","id":"5f7f0d217289f8d2f4262080","role":"user","updated_at":1795169999}}}',
    kept: { "user-agent": "intercom-webhook/1.0" },
    key: "data.item.id",
    updated: "data.item.updated_at",
    later: { body: [["1795169999", "1795170099"]] },
  },
  {
    name: "Zendesk",
    headers: {
      ...json,
      "x-zendesk-webhook-signature": "00",
      "x-zendesk-webhook-signature-timestamp": "2026-11-20T10:00:00Z",
      "x-zendesk-webhook-invocation-id": "01HXYZ",
    },
    body: '{"type":"zen:event-type:ticket.status_changed","id":"cbe4028c","time":"2026-11-20T10:00:00.250Z","detail":{"id":"35436","status":"SOLVED"}}',
    kept: { "x-zendesk-webhook-invocation-id": "01HXYZ" },
    key: "detail.id",
    updated: "time",
    later: {
      body: [
        ["00.250Z", "01.250Z"],
        ["SOLVED", "CLOSED"],
      ],
    },
  },
  {
    name: "Customer.io reporting",
    headers: { ...json, "x-cio-timestamp": "1795170000", "x-cio-signature": "00" },
    body: '{"event_id":"01E4C4CT6YDC7Y5M7FE1GWWPQJ","object_type":"email","metric":"opened","timestamp":1795170000,"data":{"customer_id":"42","delivery_id":"RPILAgUBcRhIBqSfeiIwdIYJKxTY"}}',
    kept: { "x-cio-timestamp": "1795170000" },
    key: "data.delivery_id",
    updated: "timestamp",
    later: {
      body: [
        ["1795170000", "1795170005"],
        ["opened", "clicked"],
      ],
    },
  },
  {
    name: "1C with a byte order mark",
    headers: { "content-type": "application/json; charset=utf-8", "user-agent": "1C+Enterprise/8.3" },
    body: `${utf8Bom}{"Номер":"ЗК-000015","Статус":"Отгружен","Изменён":"20261120T100000"}`,
    fields: '{"Номер":"ЗК-000015","Статус":"Отгружен","Изменён":"20261120T100000"}',
    kept: { "user-agent": "1C+Enterprise/8.3" },
    key: "Номер",
    updated: "Изменён",
    later: { body: [["20261120T100000", "20261120T100001"]] },
  },
  {
    name: "1C as a windows-1251 form",
    headers: { "content-type": "application/x-www-form-urlencoded; charset=windows-1251" },
    body: windows1251("Номер=%C7%CA-000015&Статус=Отгружен&Изменён=20261120100000".replace("ё", "е")),
    fields: '{"Номер":"ЗК-000015","Статус":"Отгружен","Изменен":"20261120100000"}',
    kept: {},
    key: "Номер",
    updated: "Изменен",
    later: { body: [["20261120100000", "20261120100001"]] },
  },
  {
    name: "1C as XML",
    headers: { "content-type": "application/xml" },
    body: '<?xml version="1.0" encoding="UTF-8"?><Заказ Номер="ЗК-000015"><Статус>Отгружен</Статус><Изменён>2026-11-20T10:00:00</Изменён><Товар Артикул="a1">2</Товар><Товар Артикул="a2">1</Товар></Заказ>',
    fields:
      '{"Заказ":{"@Номер":"ЗК-000015","Статус":"Отгружен","Изменён":"2026-11-20T10:00:00","Товар":[{"@Артикул":"a1","$":"2"},{"@Артикул":"a2","$":"1"}]}}',
    kept: {},
    key: "Заказ.@Номер",
    updated: "Заказ.Изменён",
    later: { body: [["10:00:00", "10:00:01"]] },
  },
];
