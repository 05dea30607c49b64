import { createHmac, createPrivateKey, generateKeyPairSync, sign as signWith } from "node:crypto";
import { presets } from "../../functions/senders/presets/presets.ts";
import { bodyOf, senders } from "./senders.ts";
import { tools } from "./tools.ts";

/** What each sender really does to prove itself, written out from its own description and apart from the
 *  product's code: one line a sender. */

export interface Sending {
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body: Buffer;
}

interface By {
  readonly secret: string;
  /** The address as the sender knows it. */
  readonly url: string;
  /** Unix s. */
  readonly at: number;
}

type Signer = (sending: Sending, by: By) => Sending;

const hmac = (digest: string, key: string | Buffer, ...parts: (string | Uint8Array)[]) => {
  const made = createHmac(digest, key);
  for (const part of parts) made.update(part);
  return made;
};
const withHeaders = (sending: Sending, headers: Record<string, string>): Sending => ({
  ...sending,
  headers: { ...sending.headers, ...headers },
});
const header =
  (name: string, value: (body: Buffer, by: By) => string): Signer =>
  (sending, by) =>
    withHeaders(sending, { [name]: value(sending.body, by) });
const basic = header("authorization", (_, { secret }) => `Basic ${Buffer.from(secret).toString("base64")}`);
/** A text of the sample stands where the secret goes. */
const inBody =
  (from: string, to: (secret: string) => string): Signer =>
  (sending, { secret }) => ({
    ...sending,
    body: Buffer.from(sending.body.toString().replaceAll(from, to(secret))),
  });
const hub = (name: string) =>
  header(name, (body, { secret }) => `sha256=${hmac("sha256", secret, body).digest("hex")}`);
const standard =
  (prefix: string, key: (secret: string) => Buffer): Signer =>
  (sending, { secret, at }) => {
    const made = hmac("sha256", key(secret), `msg_1.${at}.`, sending.body).digest("base64");
    return withHeaders(sending, {
      [`${prefix}-id`]: "msg_1",
      [`${prefix}-timestamp`]: String(at),
      [`${prefix}-signature`]: `v1,${made}`,
    });
  };
const whsec = (secret: string) => Buffer.from(secret.replace("whsec_", ""), "base64");
const timed = (name: string, pattern: (t: number, hex: string) => string, mark: string) =>
  header(name, (body, { secret, at }) =>
    pattern(at, hmac("sha256", secret, `${at}${mark}`, body).digest("hex")),
  );

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
/** Of SendGrid the secret that is put here is the public half. */
const sendgridKey = publicKey.export({ format: "der", type: "spki" }).toString("base64");
const sendgridPrivate = createPrivateKey(privateKey.export({ format: "pem", type: "sec1" }));

/** Senders that prove nothing are not in it. */
export const signers: Readonly<Record<string, Signer>> = {
  bitrix24: inBody("auth%5Bdomain%5D", (secret) => `auth%5Bapplication_token%5D=${secret}&auth%5Bdomain%5D`),
  "bitrix24-robot": inBody("auth[domain]", (secret) => `auth[application_token]=${secret}&auth[domain]`),
  "hubspot-app": (sending, { secret, url, at }) =>
    withHeaders(sending, {
      "x-hubspot-request-timestamp": `${at}000`,
      "x-hubspot-signature-v3": hmac("sha256", secret, "POST", url, sending.body, `${at}000`).digest(
        "base64",
      ),
    }),
  pipedrive: basic,
  adyen: basic,
  chargebee: basic,
  recurly: basic,
  postmark: basic,
  "1c": basic,
  "zoho-crm-notifications": inBody('"module"', (secret) => `"token":"${secret}","module"`),
  "google-ads-leads": inBody('"lead_id"', (secret) => `"google_key":"${secret}","lead_id"`),
  "microsoft-graph": inBody("CLIENT", (secret) => secret),
  sharepoint: inBody("CLIENT", (secret) => secret),
  meta: hub("x-hub-signature-256"),
  github: hub("x-hub-signature-256"),
  jira: hub("x-hub-signature"),
  bitbucket: hub("x-hub-signature"),
  tiktok: timed("tiktok-signature", (t, hex) => `t=${t},s=${hex}`, "."),
  calendly: timed("calendly-webhook-signature", (t, hex) => `t=${t},v1=${hex}`, "."),
  stripe: timed("stripe-signature", (t, hex) => `t=${t},v1=${hex}`, "."),
  paddle: timed("paddle-signature", (t, hex) => `ts=${t};h1=${hex}`, ":"),
  linkedin: header("x-li-signature", (body, { secret }) =>
    hmac("sha256", secret, "hmacsha256=", body).digest("hex"),
  ),
  typeform: header(
    "typeform-signature",
    (body, { secret }) => `sha256=${hmac("sha256", secret, body).digest("base64")}`,
  ),
  tally: header("tally-signature", (body, { secret }) => hmac("sha256", secret, body).digest("base64")),
  intercom: header(
    "x-hub-signature",
    (body, { secret }) => `sha1=${hmac("sha1", secret, body).digest("hex")}`,
  ),
  zendesk: (sending, { secret, at }) => {
    const iso = new Date(at * 1000).toISOString();
    return withHeaders(sending, {
      "x-zendesk-webhook-signature-timestamp": iso,
      "x-zendesk-webhook-signature": hmac("sha256", secret, iso, sending.body).digest("base64"),
    });
  },
  "customer-io": (sending, { secret, at }) =>
    withHeaders(sending, {
      "x-cio-timestamp": String(at),
      "x-cio-signature": hmac("sha256", secret, `v0:${at}:`, sending.body).digest("hex"),
    }),
  slack: (sending, { secret, at }) =>
    withHeaders(sending, {
      "x-slack-request-timestamp": String(at),
      "x-slack-signature": `v0=${hmac("sha256", secret, `v0:${at}:`, sending.body).digest("hex")}`,
    }),
  zoom: (sending, { secret, at }) =>
    withHeaders(sending, {
      "x-zm-request-timestamp": String(at),
      "x-zm-signature": `v0=${hmac("sha256", secret, `v0:${at}:`, sending.body).digest("hex")}`,
    }),
  shopify: header("x-shopify-hmac-sha256", (body, { secret }) =>
    hmac("sha256", secret, body).digest("base64"),
  ),
  woocommerce: header("x-wc-webhook-signature", (body, { secret }) =>
    hmac("sha256", secret, body).digest("base64"),
  ),
  xero: header("x-xero-signature", (body, { secret }) => hmac("sha256", secret, body).digest("base64")),
  square: header("x-square-hmacsha256-signature", (body, { secret, url }) =>
    hmac("sha256", secret, url, body).digest("base64"),
  ),
  gocardless: header("webhook-signature", (body, { secret }) => hmac("sha256", secret, body).digest("hex")),
  dropbox: header("x-dropbox-signature", (body, { secret }) => hmac("sha256", secret, body).digest("hex")),
  airtable: header(
    "x-airtable-content-mac",
    (body, { secret }) => `hmac-sha256=${hmac("sha256", Buffer.from(secret, "base64"), body).digest("hex")}`,
  ),
  mailgun: (sending, { secret, at }) => {
    const made = hmac("sha256", secret, String(at), "f4ecb1d5").digest("hex");
    const text = sending.body
      .toString()
      .replace('"timestamp":"1795170000"', `"timestamp":"${at}"`)
      .replace('"signature":""', `"signature":"${made}"`);
    return { ...sending, body: Buffer.from(text) };
  },
  sendgrid: (sending, { at }) =>
    withHeaders(sending, {
      "x-twilio-email-event-webhook-timestamp": String(at),
      "x-twilio-email-event-webhook-signature": signWith(
        "sha256",
        Buffer.concat([Buffer.from(String(at)), sending.body]),
        sendgridPrivate,
      ).toString("base64"),
    }),
  twilio: header("x-twilio-signature", (_, { secret, url }) =>
    hmac("sha1", secret, `${url}From+14158675309MessageSidSM1MessageStatusdeliveredTo+18005551212`).digest(
      "base64",
    ),
  ),
  telegram: header("x-telegram-bot-api-secret-token", (_, { secret }) => secret),
  gitlab: header("x-gitlab-token", (_, { secret }) => secret),
  "standard-webhooks": standard("webhook", whsec),
  svix: standard("svix", whsec),
  polar: standard("webhook", (secret) => Buffer.from(secret)),
};

/** A secret as each of them gives it. */
export function secretOf(name: string): string {
  if (name === "sendgrid") return sendgridKey;
  if (name === "standard-webhooks" || name === "svix") return `whsec_${"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}`;
  if (name === "airtable") return "MTIzNDU2Nzg5MGFiY2RlZg==";
  return signers[name] === basic ? "afterclick:hunter2-and-more" : "8f742231b10e8888abcd99yyyzzz85a5";
}

/** Where the table of senders has a sample under another name. */
const samples: Readonly<Record<string, string>> = {
  bitrix24: "Bitrix24 outgoing webhook",
  kommo: "Kommo account webhook",
  salesforce: "Salesforce outbound message",
  pipedrive: "Pipedrive v2",
  "zoho-crm": "Zoho CRM workflow",
  "zoho-crm-notifications": "Zoho CRM notification",
  "zoho-commerce": "Zoho Commerce",
  tilda: "Tilda form",
  "google-ads-leads": "Google Ads lead form",
  meta: "Meta leadgen",
  tiktok: "TikTok",
  linkedin: "LinkedIn Lead Sync",
  mailchimp: "Mailchimp audience",
  "customer-io": "Customer.io reporting",
  "1c": "1C with a byte order mark",
  stripe: "Stripe snapshot",
  "standard-webhooks": "A Standard Webhooks sender",
};

/** What this sender sends, before it is signed: of headers only those that are no proof. */
function sampleOf(name: string): Sending {
  const tool = tools[name];
  if (tool !== undefined) return { headers: tool.headers, body: Buffer.from(tool.body) };
  const label = presets.find((preset) => preset.name === name)!.label;
  const sender = senders.find((one) => one.name === (samples[name] ?? label));
  if (sender === undefined) throw new Error(`There is no sample of ${name}.`);
  const isProof = /signature|hmac|authorization|^webhook-id$/;
  const kept = Object.entries(sender.headers).filter(([header]) => !isProof.test(header));
  return { headers: Object.fromEntries(kept), body: bodyOf(sender) };
}

/** As it leaves the sender. */
export function sentBy(name: string, by: Omit<By, "secret"> & { secret?: string }): Sending {
  const sign = signers[name] ?? ((sending: Sending) => sending);
  return sign(sampleOf(name), { secret: secretOf(name), ...by });
}
