import { expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import fc from "fast-check";
import { addFormats } from "../../functions/streams/formats.ts";
import { type Auth, authProblems } from "../../functions/senders/proof/auth.ts";
import { evidenceOf } from "../../functions/senders/evidence.ts";
import { partsSchemas } from "../../functions/senders/parts-schema.ts";
import { presets } from "../../functions/senders/presets/presets.ts";
import { prove } from "../../functions/senders/proof/prove.ts";
import { senderOf } from "../../functions/senders/sender.ts";
import { streamFields } from "../../functions/streams/fields.ts";
import { readStream } from "../../functions/streams/stream.ts";
import { isProblem, Problem } from "../../functions/problem.ts";
import { secretMissing, secretsDown, signatureMissing } from "../../functions/problems.ts";
import { senders } from "./senders.ts";
import { secretOf, type Sending, sentBy, signers } from "./signing.ts";

const url = "https://in.example.org/ds/522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const at = 1_795_170_000;
const proving = presets.filter(({ auth }) => auth !== undefined).map(({ name }) => name);

const authOf = (name: string) => senderOf(presets.find((preset) => preset.name === name)!)!.auth;

/** `proved`, or the code of the refusal. */
async function asked(name: string, sending: Sending, secret = secretOf(name), atMs = at * 1_000) {
  const { headers, body, query = "", method = "POST" } = sending;
  const { pathname } = new URL(url);
  const evidence = evidenceOf(
    { method, path: pathname, query, headers: { host: "in.example.org", ...headers }, body },
    undefined,
  );
  const live = async () => [{ letter: "a" as const, value: secret }];
  return prove(authOf(name), evidence, live, atMs).catch((error: Problem) => error.code);
}

test("each preset is checked by the one schema, has a name of its own, and says what is to be put", () => {
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  addFormats(ajv);
  const isPreset = ajv.compile({
    type: "object",
    required: ["name", "label"],
    additionalProperties: false,
    properties: {
      name: { type: "string", pattern: "^[a-z0-9][a-z0-9-]{0,39}$" },
      label: { type: "string" },
      ...partsSchemas,
      key: streamFields.key.schema,
      updated: streamFields.updated.schema,
      items: streamFields.items.schema,
      secrets: { type: "object", additionalProperties: { type: "string" } },
      thin: { const: true },
      notes: { type: "array", items: { type: "string" } },
      unverified: { type: "array", items: { type: "string" } },
    },
  });
  expect(presets.length).toBeGreaterThanOrEqual(50);
  expect(new Set(presets.map(({ name }) => name)).size).toBe(presets.length);
  for (const preset of presets) {
    expect([preset.name, isPreset(preset), isPreset.errors]).toEqual([preset.name, true, null]);
    const sender = senderOf(preset);
    expect((sender?.auth ?? []).flatMap(authProblems)).toEqual([]);
    if ((sender?.auth ?? []).length > 0) expect(Object.keys(preset.secrets ?? {})).toContain("main");
    const lookup = readStream(
      "x",
      { table: "t", offset: "UTC", sender: preset.name },
      { defaultDataset: "d" },
    );
    expect([preset.name, lookup]).toMatchObject([preset.name, { kind: "valid" }]);
  }
  expect(Object.keys(signers).sort()).toEqual([...proving].sort());
});

test("a document that answers a HMAC before any proof is refused where a greeting could be what is signed", () => {
  const said = (auth: object, handshake: object = { json: { a: "hmac:query:q" } }) =>
    JSON.stringify(
      readStream(
        "x",
        { table: "t", offset: "UTC", auth, handshake: { when: { "query:q": "*" }, ...handshake } },
        { defaultDataset: "d" },
      ),
    );
  const hmac = { scheme: "hmac", at: "header:x-signature", parts: ["body"] };
  const refusal = "handshake answers hmac:query:q before any proof";
  expect(said(hmac)).toContain(refusal);
  expect(said([{ scheme: "basic" }, { ...hmac, parts: ["=v0_", "query:t", "body"] }])).toContain(refusal);
  expect(said({ scheme: "mailgun" })).toContain(refusal);
  expect(said(hmac, { text: "hmac:q" })).toContain("handshake answers hmac:q before");
  for (const fine of [
    { ...hmac, parts: ["=v0:", "body"] },
    { ...hmac, parts: ["url", "body"] },
    { ...hmac, digest: "sha1" },
    { ...hmac, secret: "other" },
  ])
    expect([fine, said(fine)]).toEqual([fine, expect.stringContaining('"kind":"valid"')]);
  expect(said(hmac, { json: { a: "query:q" } })).toContain('"kind":"valid"');
});

test("what a preset says of records is what the table of samples has", () => {
  const known = new Map(senders.map((sender) => [sender.name, sender]));
  for (const [preset, sample] of [
    ["shopify", "Shopify"],
    ["stripe", "Stripe snapshot"],
    ["meta", "Meta leadgen"],
    ["salesforce", "Salesforce outbound message"],
    ["kommo", "Kommo account webhook"],
    ["gocardless", "GoCardless"],
  ] as const) {
    const { key, updated, items } = presets.find(({ name }) => name === preset)!;
    const { key: k, updated: u, items: i } = known.get(sample)!;
    expect({ key, updated, items }).toEqual({ key: k, updated: u, items: i });
  }
});

test.each(proving)(
  "%s: what its sender signs is accepted; without a proof, and by another secret, it is not",
  async (name) => {
    const sending = sentBy(name, { url, at });
    expect(await asked(name, sending)).toBe("proved");
    const other = name === "sendgrid" ? other256 : `${secretOf(name).slice(0, -3)}AAA`;
    expect(await asked(name, sending, other)).toMatch(/^(signature|token)_wrong$/);
    const bare = sentBy(name, { url, at, secret: "" });
    const { headers, body } = sending;
    const proofs = Object.keys(headers).filter((header) => bare.headers[header] !== headers[header]);
    for (const proof of proofs) {
      const { [proof]: _gone, ...left } = headers;
      expect([proof, await asked(name, { headers: left, body })]).toEqual([proof, "signature_missing"]);
    }
  },
);

const other256 =
  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmnMGmPY1QYU72N6wCmFqnDyixrWftlB3VWPVIpXeQCTCtTw5WUm/RJIl7q3bUMU+jqzctrBHApNV4RI62E7Lfg==";

/** Of these the body is no part of what is signed, or only a word in it is. */
const bodiless = /basic|token|mailgun/;

test.each(proving)(
  "%s: a change of any bit of what proves it, or of what is signed, is refused",
  async (name) => {
    const sending = sentBy(name, { url, at });
    const refused = async (changed: Sending, where: string) =>
      expect([where, await asked(name, changed)]).not.toEqual([where, "proved"]);
    // Names of deliveries beside the proof are anybody's.
    const proofs = Object.entries(sending.headers).filter(([header]) => isSigned(name, header));
    for (const [header, value] of proofs) {
      const start = header === "authorization" ? "Basic ".length : 0;
      for (let index = start; index < value.length; index++)
        for (let bit = 0; bit < 7; bit++) {
          const bytes = Buffer.from(value, "latin1");
          bytes[index]! ^= 1 << bit;
          const headers = { ...sending.headers, [header]: bytes.toString("latin1") };
          await refused({ ...sending, headers }, `${header} ${index} ${bit}`);
        }
    }
    if (bodiless.test(authOf(name)[0]!.scheme)) return;
    for (let index = 0; index < sending.body.length; index += 7) {
      const body = Buffer.from(sending.body);
      body[index]! ^= 1 << (index % 8);
      await refused({ ...sending, body }, `body ${index}`);
    }
  },
);

/** Whether the header is a part of the proof. */
function isSigned(name: string, header: string): boolean {
  const given = authOf(name)[0]!;
  if (given.scheme === "standard-webhooks") return /^(webhook|svix)-/.test(header);
  const places = [given.at, given.timestamp, ...(given.parts ?? [])].map((place) => `${place}`.toLowerCase());
  return (
    places.includes(`header:${header}`) ||
    (given.scheme === "basic" && header === "authorization") ||
    (given.scheme === "twilio" && header === "x-twilio-signature")
  );
}

test.each(["stripe", "slack", "calendly", "hubspot-app", "standard-webhooks"])(
  "%s: what was signed too long ago, or too far ahead, is refused",
  async (name) => {
    const sending = sentBy(name, { url, at });
    for (const seconds of [-1, 1])
      expect(await asked(name, sending, secretOf(name), (at + seconds * 1_000) * 1_000)).toBe(
        "timestamp_old",
      );
    expect(await asked(name, sending, secretOf(name), (at + 100) * 1_000)).toBe("proved");
  },
);

test("a secret that nobody can read lets nobody in, and a stranger is still refused", async () => {
  const sending = sentBy("shopify", { url, at });
  const { headers, body } = sending;
  const evidence = (given: Record<string, string>) =>
    evidenceOf({ method: "POST", path: "/", query: "", headers: given, body }, undefined);
  for (const error of [secretMissing({ slot: "main" }), secretsDown({ why: "x" })]) {
    const live = () => Promise.reject(error);
    expect(await prove(authOf("shopify"), evidence(headers), live, at)).toBe("unreadable");
    const stranger = await prove(authOf("shopify"), evidence({}), live, at).catch((e: unknown) => e);
    expect(isProblem(stranger, signatureMissing)).toBe(true);
  }
});

test("whatever a stranger sends to whichever scheme, it is proved or refused in words", async () => {
  const own: Auth[] = [
    {
      scheme: "ecdsa",
      at: "header:x-s",
      parts: ["timestamp", "body"],
      fields: { signature: "s", timestamp: "t" },
    },
    { scheme: "ecdsa", at: "header:x-s", parts: ["timestamp", "body"], timestamp: "header:x-t" },
    {
      scheme: "hmac",
      at: "header:x-s",
      parts: ["timestamp", "form"],
      fields: { signature: "s", timestamp: "t" },
    },
    {
      scheme: "hmac",
      at: "b.*.c",
      parts: ["url-decoded", "url", "method"],
      timestamp: "a",
      tolerance_seconds: 9,
    },
  ];
  const all = [...own.map((auth) => [auth]), ...proving.map(authOf)];
  const names = [...new Set(JSON.stringify(all).match(/(?<=header:)[a-z0-9-]+/g))];
  const proofs = ["authorization", "x-twilio-signature", "webhook-id", "webhook-timestamp"];
  const more = ["host", "content-type", "content-encoding", "webhook-signature", "svix-signature"];
  const text = fc.oneof(
    fc.constantFrom("a b", "[", "%", "s=QUFB", "t=1,s=QUFB", "QUFB", "v1a,QUFB", "1795170000", "Basic QQ=="),
    fc.constantFrom("application/json", "application/x-www-form-urlencoded", "gzip", "\u00ff", ""),
    fc.string({ maxLength: 12 }),
  );
  const body = fc.oneof(
    fc.constantFrom(
      '{"a":1,"b":[{"c":"x"},{}],"signature":{"timestamp":[],"token":{},"signature":"s"}}',
      "a=%&b=1",
    ),
    fc.json({ maxDepth: 3 }),
    fc.string(),
  );
  const live = async () => [
    { letter: "a" as const, value: other256 },
    { letter: "b" as const, value: `whpk_${Buffer.alloc(32).toString("base64")}` },
  ];
  const headers = fc.record(Object.fromEntries([...names, ...proofs, ...more].map((name) => [name, text])), {
    requiredKeys: [],
  });
  const request = fc.tuple(headers, body, text, fc.constantFrom("/%", "/a"));
  // What once threw.
  const strangers = { host: "a b", "x-twilio-signature": "QUFB", "x-s": "s=QUFB" };
  await fc.assert(
    fc.asyncProperty(request, async ([headers, sent, query, path]) => {
      for (const auth of all) {
        const given = { method: "POST", path, query, headers, body: Buffer.from(sent) };
        const said = prove(auth, evidenceOf(given, undefined), live, at * 1_000);
        const became = await said.catch((error: unknown) => (error instanceof Problem ? "refused" : error));
        expect([auth, became]).toEqual([auth, expect.stringMatching(/^(proved|refused)$/)]);
      }
    }),
    { numRuns: 100, examples: [[[strangers, "", "", "/a"]]] },
  );
});
