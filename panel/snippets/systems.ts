/** Systems that call a URL by themselves: what to click, what to paste, what comes, what to watch for.
 *  Of what they send there is a body of each in test/senders, and the fields of the stream are tried with
 * it. */

export type System = (typeof systems)[number]["type"];

export interface Guide {
  readonly type: System;
  readonly label: string;
  /** What a request holds. */
  readonly sends: string;
  readonly steps: readonly Step[];
  /** Fields of the stream's document that fit what comes; none where nobody can tell. */
  readonly stream: StreamFields;
  readonly watch: readonly string[];
}

export interface Step {
  readonly text: string;
  /** To be copied into the field that the text names. */
  readonly paste?: string;
}

export interface StreamFields {
  readonly key?: string | readonly string[];
  readonly updated?: string;
  readonly items?: string;
}

/** Stands for the stream's address. */
const endpointHere = "ENDPOINT";

export const systems = [
  {
    type: "bitrix24",
    label: "Bitrix24",
    sends:
      "A form by POST at each event: its name (event=ONCRMDEALUPDATE), the id of the deal or lead (data[FIELDS][ID]), " +
      "the time (ts, Unix seconds) and the portal (auth[domain]). Ids only: names, sums and stages are not in it.",
    steps: [
      {
        text: "In Bitrix24, as an administrator, open Applications → Developer resources → Other → Outbound webhook (outgoing webhook in some accounts).",
      },
      { text: "Paste the endpoint into the field for the handler's URL.", paste: endpointHere },
      { text: "Choose the events, e.g. the update of a deal (ONCRMDEALUPDATE)." },
      { text: "Save, then change one deal: its row comes within a minute or so." },
    ],
    stream: { key: "data[FIELDS][ID]", updated: "ts" },
    watch: [
      "Deals, leads and contacts count their ids apart: give each of them a stream of its own.",
      "The address must be https with a certificate of a known authority, and reachable from the internet.",
      "Requests go through Bitrix24's own queue and come some seconds late. Retries are not promised.",
      "auth[application_token] in the body is the proof that Bitrix24 shows beside the webhook. Whoever reads the rows sees it.",
    ],
  },
  {
    type: "kommo",
    label: "Kommo (amoCRM)",
    sends:
      "A form by POST with a list of leads, named by the event: leads[status][0][id], leads[status][0][status_id], " +
      "leads[status][0][last_modified] and so on, and the account (account[id]). One request may hold several leads.",
    steps: [
      {
        text: "In Kommo, as an administrator, open Settings → Integrations (in amoCRM: amoMarket), and there Web hooks, at the top right.",
      },
      { text: "Add a webhook and paste the endpoint.", paste: endpointHere },
      { text: "Choose one event, e.g. Lead stage changed, and save." },
      { text: "Move one lead to another stage: its row comes within seconds." },
    ],
    stream: { key: ["^.account.id", "id"], updated: "last_modified", items: "leads.status" },
    watch: [
      "The list has the event's name (leads.status, leads.add, leads.update): give each event a stream of its own, with items to match.",
      "There is no signature: whoever knows the address can write.",
      "Many failed calls make Kommo stop retrying, or switch the webhook off. After a long pause of the stream look whether it is still on.",
    ],
  },
  {
    type: "hubspot",
    label: "HubSpot (workflow)",
    sends:
      "JSON by POST: the record that went through the workflow, with the properties that you choose or all of them.",
    steps: [
      { text: "In HubSpot open Automation → Workflows, and the workflow, or make a new one." },
      { text: "Press + where it should send, and choose Send a webhook (under Data operations)." },
      { text: "Method: POST. Paste the endpoint into Webhook URL.", paste: endpointHere },
      {
        text: "Choose all properties, or those that you need, among them the record's id and its last modified date.",
      },
      { text: "Save, switch the workflow on, and enrol one record." },
    ],
    stream: { key: ["portal-id", "vid"], updated: "properties.lastmodifieddate.value" },
    watch: [
      "It needs Data Hub Professional or Enterprise (formerly Operations Hub).",
      "key and updated above are for contacts with all properties. Where you choose some, name them: hs_object_id.",
      "The address must be https. A refusal (4xx, but for 429) is not sent again; others are, for up to three days.",
      "Test in HubSpot makes a row like any other.",
    ],
  },
  {
    type: "tilda",
    label: "Tilda",
    sends:
      "A form by POST: each field under its variable's name, with tranid (the submission), formid, formname, and cookies and " +
      "utm parameters where they are switched on.",
    steps: [
      { text: "In Tilda open Site Settings → Forms, and at the bottom Other → Webhook." },
      { text: "Paste the endpoint into WEBHOOK URL, and press Add.", paste: endpointHere },
      {
        text: "Let it be connected to all forms, as Tilda offers, or tick it in the content of each form's block.",
      },
      { text: "Publish the pages again, and send the form once." },
    ],
    stream: { key: "tranid" },
    watch: [
      "When you add the webhook Tilda checks the address with test=test: that is one row which is no order.",
      "Names of columns are the variables' names of the form's fields: set them before you build on them.",
      "Tilda waits some 5 seconds and tries few times.",
    ],
  },
  {
    type: "woocommerce",
    label: "WooCommerce",
    sends:
      "JSON by POST: the whole order. What happened stands only in headers, which the row keeps: x-wc-webhook-topic " +
      "(order.updated) and x-wc-webhook-source (the shop).",
    steps: [
      { text: "In WordPress open WooCommerce → Settings → Advanced → Webhooks, and press Add webhook." },
      { text: "Status: Active. Topic: Order updated." },
      { text: "Paste the endpoint into Delivery URL.", paste: endpointHere },
      { text: "API version: the newest. Save webhook." },
      { text: "Change the status of one order: its row comes within a minute or so." },
    ],
    stream: { key: ["header:x-wc-webhook-source", "id"], updated: "date_modified_gmt" },
    watch: [
      "On saving it sends webhook_id=…: that is one row which is no order.",
      "After 5 failures in a row WooCommerce disables the webhook. After an outage look at its status here.",
      "The order holds names, addresses and telephone numbers.",
    ],
  },
  {
    type: "shopify",
    label: "Shopify",
    sends:
      "JSON by POST: the whole order. What happened stands only in headers, which the row keeps: x-shopify-topic " +
      "(orders/updated), x-shopify-shop-domain and x-shopify-triggered-at.",
    steps: [
      { text: "In Shopify open Settings → Notifications → Webhooks, and press Create webhook." },
      { text: "Event: Order update. Format: JSON." },
      { text: "Paste the endpoint into URL.", paste: endpointHere },
      { text: "Webhook API version: the newest that is stable. Save." },
      { text: "Send a test notification from the list, or change one order." },
    ],
    stream: { key: ["header:x-shopify-shop-domain", "id"], updated: "header:x-shopify-triggered-at" },
    watch: [
      "The address must be https and answer within 5 seconds, 1 of them to connect: in the cloud keep one instance warm.",
      "What fails is sent 8 times within 4 hours.",
      "The test notification is a row like any other, with an order that is made up.",
      "The order holds names, addresses and telephone numbers.",
    ],
  },
  {
    type: "other",
    label: "Another system",
    sends: "Whatever it sends: any body and any Content-Type is kept as it came, a query string as well.",
    steps: [
      { text: "Look in its settings for webhooks, postbacks, callbacks or HTTP notifications." },
      { text: "Paste the endpoint into the field for the URL.", paste: endpointHere },
      { text: "Method: POST. Format: JSON where there is a choice, else a form. Choose the events." },
      {
        text: "If it takes headers of your own: webhook-id with the id of the event. A retry is then the same hit.",
      },
      { text: "Save, make one event happen, and look at its row." },
    ],
    stream: {},
    watch: [
      "Name the fields that name and order its records in key and updated, once you have seen a row.",
      "If it can only call a URL by GET, add GET to the stream's methods: the query string is then the payload.",
      "Only 200 means stored. A system that does not try again on 429, 5xx or no answer loses what fell into an outage.",
      "A token or secret that it offers is not checked: whoever knows the address can write.",
    ],
  },
] as const satisfies readonly (Omit<Guide, "type"> & { type: string })[];

/** The steps with the stream's own address. */
export function guide(type: System, endpoint: string): Guide {
  const found: Guide = systems.find((system) => system.type === type)!;
  return {
    ...found,
    steps: found.steps.map(({ text, paste }) => ({ text, ...(paste !== undefined && { paste: endpoint }) })),
  };
}

/** To read in a terminal or a mail. */
export function guideText({ label, sends, steps, stream, watch }: Guide, endpoint: string): string {
  const options = Object.entries(stream).flatMap(([name, value]) =>
    [value].flat().map((path) => ` --${name} '${path}'`),
  );
  const id = endpoint.slice(endpoint.lastIndexOf("/") + 1);
  return [
    `${label}`,
    "",
    ...steps.map(
      ({ text, paste }, index) => `${index + 1}. ${text}${paste === undefined ? "" : `\n     ${paste}`}`,
    ),
    "",
    "What it sends",
    `  ${sends}`,
    "",
    ...(options.length === 0
      ? []
      : [
          "What names and orders its records",
          `  npx afterclick streams update ${id}${options.join("")}`,
          "",
        ]),
    "Watch for",
    ...watch.map((line) => `  - ${line}`),
    "",
  ].join("\n");
}
