import { createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { secretsDown } from "../../functions/problems.ts";
import { createLiveSecrets, secretName } from "../../functions/senders/live-secrets.ts";
import { ensureSealKey, openProof, readSealKey } from "../../functions/senders/sealed.ts";
import type { Hit } from "../../functions/hit.ts";
import { memorySecrets } from "../support/doubles/memory-secrets.ts";
import { id, receivedAt, setup } from "./setup.ts";

const secret = "hunter2-and-more";
const json = { "content-type": "application/json" };
const documentOf = (parts: object) => ({ table: "example.orders", offset: "UTC", ...parts });

/** collect for one stream, with its secrets put. */
async function open(parts: object, values: Record<string, string> = { "main-a": secret }) {
  const secrets = memorySecrets();
  await ensureSealKey(secrets);
  for (const [name, value] of Object.entries(values))
    await secrets.put(secretName(id, name.slice(0, -2), name.endsWith("a") ? "a" : "b"), value);
  const logged: unknown[] = [];
  const log = (...line: unknown[]) => void logged.push(line);
  return { secrets, logged, ...setup(documentOf(parts), { secrets, log }) };
}

const shopify = (body: string | Uint8Array, by = secret) => ({
  ...json,
  "x-shopify-hmac-sha256": createHmac("sha256", by).update(body).digest("base64"),
});

test("a proof that holds lets a hit in, and one that does not is refused with what is wrong, and nothing is stored", async () => {
  const { send, hits, refused } = await open({ sender: "shopify" });
  const body = '{"id":1}';
  expect(await refused({ body, headers: json })).toMatchObject({
    code: "signature_missing",
    status: 401,
    headers: { "www-authenticate": "Signature" },
    message: expect.stringMatching(/^This stream needs a signature and the request had none/),
  });
  const wrong = await refused({ body: `${body}\n`, headers: shopify(body) });
  expect(wrong).toMatchObject({ code: "signature_wrong", status: 401 });
  expect(wrong.message).toMatch(
    /^The signature does not match the body with secret A\. .*Bytes received: 9, SHA-256 [0-9a-f]{64};/,
  );
  expect((await send({ body, headers: shopify(body) })).status).toBe(200);
  expect(hits).toHaveLength(1);
  expect(hits[0]).not.toHaveProperty("kept_apart");
});

test("both of two live secrets are taken, and a refusal names both", async () => {
  const { send, refused, secrets } = await open({ sender: "shopify" }, { "main-a": "one", "main-b": "two" });
  expect((await refused({ body: "{}", headers: shopify("{}", "three") })).message).toContain("secret A or B");
  for (const by of ["one", "two"])
    expect((await send({ body: "{}", headers: shopify("{}", by) })).status).toBe(200);
  expect((await secrets.list()).length).toBe(3);
});

test("the proof is of the bytes as they came in, and strangers have nothing inflated", async () => {
  const { send, hits, refused } = await open({ sender: "shopify" });
  const body = '{"id":1}';
  const packed = gzipSync(body);
  const encoded = { "content-encoding": "gzip" };
  // What would be refused for its size after inflating is refused for its proof before.
  const bomb = gzipSync(Buffer.alloc(9 * 1024 * 1024));
  expect(await refused({ body: bomb, headers: { ...encoded, ...shopify(body) } })).toMatchObject({
    code: "signature_wrong",
  });
  await send({ body: packed, headers: { ...encoded, ...shopify(packed) } });
  expect(Buffer.from(hits[0]!.body).toString()).toBe(body);
});

/** What a proof that nobody could check is kept as. */
async function proofOf(hit: Hit, secrets: Parameters<typeof readSealKey>[0]) {
  return openProof((await readSealKey(secrets))!, hit, undefined);
}

test.each([
  ["a secret that was never put", {}, undefined],
  ["a store that is down", { "main-a": secret }, secretsDown({ why: "x" })],
])("with %s nobody gets in: the hit is kept apart with its proof sealed", async (_, values, down) => {
  const { send, hits, secrets, refused } = await open({ sender: "gitlab" }, values);
  // Read before the store went away.
  await send({ body: "{}", headers: { "x-gitlab-token": "x" } }).catch(() => undefined);
  hits.length = 0;
  if (down !== undefined) {
    const { send: cold, hits: coldHits } = setup(documentOf({ sender: "gitlab" }), { secrets });
    secrets.down = down;
    expect((await cold({ body: "{}", headers: { "x-gitlab-token": secret } })).status).toBe(200);
    // Not even the key that seals could be read: the hit stays, its proof does not.
    expect(coldHits[0]).toMatchObject({ kept_apart: true });
    expect(coldHits[0]).not.toHaveProperty("proof");
    return;
  }
  const reply = await send({ body: '{"a":1}', headers: { ...json, "x-gitlab-token": secret, cookie: "c" } });
  expect(reply.status).toBe(200);
  const [hit] = hits as [Hit];
  expect(hit.kept_apart).toBe(true);
  expect(JSON.stringify(hit)).not.toContain(secret);
  expect(hit.proof).not.toContain(Buffer.from(secret).toString("base64").slice(0, 8));
  const evidence = (await proofOf(hit, secrets))!;
  expect(evidence).toMatchObject({ method: "POST", headers: { "x-gitlab-token": secret } });
  expect(evidence.headers).not.toHaveProperty("cookie");
  expect(Buffer.from(evidence.body).toString()).toBe('{"a":1}');
  // Of another hit it does not open.
  expect(await proofOf({ ...hit, hit_id: id }, secrets)).toBeUndefined();
  hits.length = 0;
  // A stranger is a stranger all the same.
  expect(await refused({ body: "{}", headers: json })).toMatchObject({ code: "signature_missing" });
});

test("what was read of the secrets is used for a second, and no longer while the store is down or hangs", async () => {
  const secrets = memorySecrets();
  await secrets.put(secretName(id, "main", "a"), secret);
  let ms = 0;
  const live = createLiveSecrets(secrets, () => ms);
  expect(await live.of(id, "main")).toEqual([{ letter: "a", value: secret }]);
  secrets.down = secretsDown({ why: "x" });
  ms = 999;
  expect(await live.of(id, "main")).toHaveLength(1);
  ms = 1_000;
  await expect(live.of(id, "main")).rejects.toMatchObject({ code: "secrets_down" });
  const hanging = createLiveSecrets({ read: () => new Promise(() => undefined) });
  await expect(hanging.of(id, "main")).rejects.toMatchObject({ code: "secrets_down" });
  secrets.down = undefined;
  expect(await live.of(id, "main")).toHaveLength(1);
  await secrets.retire(secretName(id, "main", "a"));
  // Whoever retired it says so.
  live.forget(id);
  await expect(live.of(id, "main")).rejects.toMatchObject({ code: "secret_missing" });
});

test("a document whose table cannot be used still asks for its proof", async () => {
  const { send, hits, refused } = await open({ table: 7, sender: "shopify" });
  expect(await refused({ body: "{}", headers: json })).toMatchObject({ code: "signature_missing" });
  expect((await send({ body: "{}", headers: shopify("{}") })).status).toBe(200);
  expect(hits[0]).not.toHaveProperty("kept_apart");
});

test("what a sender asks before it sends is answered, and is no hit; a paused stream answers it too", async () => {
  const verify = { "main-a": secret, "verify-a": "word" };
  const hmac = (text: string) => createHmac("sha256", secret).update(text).digest("hex");
  const get = (query: string) => ({ method: "GET", query });
  const post = (body: string, headers: Record<string, string> = json) => ({ body, headers });
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const hub = "hub.mode=subscribe&hub.challenge=115&hub.verify_token=";
  for (const [sender, given, body, type] of [
    ["meta", get(`${hub}word`), "115", "text/plain; charset=utf-8"],
    [
      "linkedin",
      get("challengeCode=c1"),
      `{"challengeCode":"c1","challengeResponse":"${hmac("c1")}"}`,
      "application/json",
    ],
    ["dropbox", get("challenge=%3Cb%3E"), "<b>", "text/plain; charset=utf-8"],
    ["mailchimp", get(""), undefined, undefined],
    [
      "slack",
      post('{"type":"url_verification","challenge":"c2","token":"t"}'),
      '{"challenge":"c2"}',
      "application/json",
    ],
    [
      "zoom",
      post('{"event":"endpoint.url_validation","payload":{"plainToken":"p"}}'),
      `{"plainToken":"p","encryptedToken":"${hmac("p")}"}`,
      "application/json",
    ],
    [
      "microsoft-graph",
      { method: "POST", query: "validationToken=a%20b" },
      "a b",
      "text/plain; charset=utf-8",
    ],
    ["tilda", post("test=test", form), undefined, undefined],
    ["woocommerce", post("webhook_id=8", form), undefined, undefined],
    [
      "github",
      post(`{"zen":"${"x".repeat(9_000)}"}`, { ...json, "x-github-event": "ping" }),
      undefined,
      undefined,
    ],
  ] as const)
    for (const state of ["active", "paused"]) {
      const { send, hits, logged } = await open({ sender, state }, verify);
      const reply = await send(given);
      expect([sender, reply.status, reply.body, reply.headers?.["content-type"]]).toEqual([
        sender,
        200,
        body,
        type,
      ]);
      expect([sender, hits.length]).toEqual([sender, 0]);
      expect(JSON.stringify(logged)).toContain("sender_checked");
    }
  const { refused } = await open({ sender: "meta" }, verify);
  expect(await refused(get(`${hub}other`))).toMatchObject({ code: "token_wrong" });
  expect(await refused(get("a=1"))).toMatchObject({ status: 405 });
  const { refused: later } = await open({ sender: "meta" });
  expect(await later(get(`${hub}word`))).toMatchObject({ code: "secret_missing", status: 503 });
});

test("a hit that holds what a ping has among other fields is a hit", async () => {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const { send, hits } = await open({ sender: "tilda" });
  const reply = await send({ body: "test=test&Name=Zoe&tranid=1:2", headers: form });
  expect(reply).toMatchObject({ status: 200, body: "ok" });
  expect(reply.headers?.["afterclick-hit-id"]).toBe(hits[0]!.hit_id);
});

test.each([
  ["json", 200, '{"hit_id":"ID"}', "application/json"],
  ["empty-json", 200, "{}", "application/json"],
  ["ok", 200, "ok", "text/plain; charset=utf-8"],
  ["accepted", 200, "[accepted]", "text/plain; charset=utf-8"],
  ["twiml", 200, "<Response/>", "text/xml; charset=utf-8"],
  ["empty", 200, "", undefined],
  ["none", 204, undefined, undefined],
  [
    "soap-ack",
    200,
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>',
    "text/xml; charset=utf-8",
  ],
])("the answer %s comes once the hit is stored, and not before", async (answer, status, body, type) => {
  const { send, state, hits } = await open({ answer });
  state.queueDown = true;
  await expect(send({ body: "a" })).rejects.toMatchObject({ code: "queue_down" });
  state.queueDown = false;
  const reply = await send({ body: "a" });
  const { hit_id } = hits[0]!;
  expect({ ...reply, headers: reply.headers }).toEqual({
    status,
    ...(body !== undefined && { body: body.replace("ID", hit_id) }),
    headers: { ...(type !== undefined && { "content-type": type }), "afterclick-hit-id": hit_id },
  });
});

test("the answer gif is a picture of one pixel", async () => {
  const { send } = await open({ answer: "gif", methods: ["GET"] });
  const { headers, body } = await send({ method: "GET", query: "a=1" });
  expect(headers?.["content-type"]).toBe("image/gif");
  expect(
    Buffer.from(body as Uint8Array)
      .subarray(0, 6)
      .toString(),
  ).toBe("GIF89a");
});

test("a sender names its delivery in a header or in the body, and a retry is then the same hit", async () => {
  for (const [delivery, first, second] of [
    [
      "header:x-event",
      { headers: { "x-event": "1" }, body: "a" },
      { headers: { "x-event": "2" }, body: "a" },
    ],
    ["id", { body: '{"id":"1"}' }, { body: '{"id":"2"}' }],
    [["a", "b"], { body: "a=1&b=2" }, { body: "a=1&b=3" }],
  ] as const) {
    const { send, hits } = await open({ delivery });
    for (const given of [first, first, second]) await send(given);
    const [one, again, other] = hits.map(({ hit_id }) => hit_id);
    expect([delivery, one === again, one === other]).toEqual([delivery, true, false]);
  }
  // One that says nothing is named as any other.
  const { send, hits } = await open({ delivery: "id" });
  for (const name of ["n1", "n1"]) await send({ body: "{}", headers: { "webhook-id": name } });
  expect(hits[0]!.hit_id).toBe(hits[1]!.hit_id);
  await send({ body: "{}" });
  await send({ body: "{}" });
  expect(hits[2]!.hit_id).not.toBe(hits[3]!.hit_id);
  expect(hits[0]!.received_at).toBe(receivedAt);
});

test("a greeting is no way to have a text signed: whoever knows the address alone sends no hit", async () => {
  const body = '{"id":1}';
  const at = String(receivedAt / 1_000);
  const zoom = await open({ sender: "zoom" });
  for (const signed of [`v0:${at}:${body}`, body, "a b", "", "x".repeat(201)]) {
    const asking = { event: "endpoint.url_validation", payload: { plainToken: signed } };
    expect(await zoom.refused({ body: JSON.stringify(asking), headers: json })).toMatchObject({
      code: "signature_missing",
    });
  }
  const linkedin = await open({ sender: "linkedin" });
  const query = new URLSearchParams({ challengeCode: `hmacsha256=${body}` }).toString();
  expect(await linkedin.refused({ method: "GET", query })).toMatchObject({ status: 405 });
  expect([...zoom.hits, ...linkedin.hits]).toEqual([]);
});
