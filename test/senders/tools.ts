import { form, json } from "./sender.ts";

/** Bodies of senders that only have to prove themselves here, written by us from their own descriptions. */
export const tools: Readonly<Record<string, { headers: Record<string, string>; body: string }>> = {
  mailgun: {
    headers: json,
    body: '{"signature":{"timestamp":"1795170000","token":"f4ecb1d5","signature":""},"event-data":{"id":"G9Bn5","event":"delivered","timestamp":1795170000.123}}',
  },
  sendgrid: {
    headers: json,
    body: '[{"email":"test@example.com","timestamp":1795170000,"event":"delivered","sg_event_id":"ev-1"},{"email":"test@example.com","timestamp":1795170009,"event":"open","sg_event_id":"ev-2"}]\r\n',
  },
  twilio: {
    headers: form,
    body: "MessageSid=SM1&MessageStatus=delivered&To=%2B18005551212&From=%2B14158675309",
  },
  telegram: {
    headers: json,
    body: '{"update_id":10000,"message":{"message_id":1365,"date":1795170000,"text":"/start"}}',
  },
  slack: {
    headers: json,
    body: '{"type":"event_callback","team_id":"T1","event_id":"Ev08MFMKH6","event_time":1795170000,"event":{"type":"message","text":"x"}}',
  },
  zoom: {
    headers: json,
    body: '{"event":"meeting.ended","event_ts":1795170000123,"payload":{"object":{"uuid":"4444AAAiAAAAAiAiAiiAii=="}}}',
  },
  "microsoft-graph": {
    headers: json,
    body: '{"value":[{"subscriptionId":"s1","changeType":"updated","resource":"Users/1","clientState":"CLIENT"},{"subscriptionId":"s1","changeType":"updated","resource":"Users/2","clientState":"CLIENT"}]}',
  },
  sharepoint: {
    headers: json,
    body: '{"value":[{"subscriptionId":"s1","clientState":"CLIENT","resource":"l1","siteUrl":"/"}]}',
  },
  dropbox: { headers: json, body: '{"list_folder":{"accounts":["dbid:AAH4f99T0taONIb"]}}' },
  xero: {
    headers: json,
    body: '{"events":[{"resourceId":"717f2bfc","eventDateUtc":"2026-11-20T10:00:00.123","eventType":"UPDATE","eventCategory":"CONTACT"}],"lastEventSequence":1,"firstEventSequence":1,"entropy":"S0m3r4Nd0mt3xt"}',
  },
  github: {
    headers: { ...json, "x-github-event": "issues", "x-github-delivery": "72d3162e" },
    body: '{"action":"opened","issue":{"number":1347}}',
  },
  gitlab: {
    headers: { ...json, "x-gitlab-event": "Push Hook", "x-gitlab-event-uuid": "13792a34" },
    body: '{"object_kind":"push","ref":"refs/heads/master"}',
  },
  jira: {
    headers: json,
    body: '{"timestamp":1795170000123,"webhookEvent":"jira:issue_updated","issue":{"id":"99291"}}',
  },
  bitbucket: {
    headers: { ...json, "x-event-key": "repo:push", "x-request-uuid": "01b0" },
    body: '{"push":{"changes":[]}}',
  },
  airtable: {
    headers: json,
    body: '{"base":{"id":"appX"},"webhook":{"id":"achX"},"timestamp":"2026-11-20T10:00:00.000Z"}',
  },
  svix: { headers: json, body: '{"type":"user.created","data":{"id":"user_1"}}' },
  polar: { headers: json, body: '{"type":"order.paid","data":{"id":"ord_1"}}' },
  wix: { headers: { "content-type": "text/plain" }, body: "eyJhbGciOiJSUzI1NiJ9.eyJkYXRhIjoie30ifQ.c2ln" },
  appsflyer: { headers: json, body: '{"event_id":"e1","event_name":"purchase"}' },
};
