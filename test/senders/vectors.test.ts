import { generateKeyPairSync, sign as signWith } from "node:crypto";
import { expect, test } from "@jest/globals";
import { sign as signLikeGithub } from "@octokit/webhooks-methods";
import { EventWebhook } from "@sendgrid/eventwebhook";
import { Webhook } from "standardwebhooks";
import type { Problem } from "../../functions/problem.ts";
import { evidenceOf } from "../../functions/senders/evidence.ts";
import { presetOf } from "../../functions/senders/presets/presets.ts";
import { prove } from "../../functions/senders/proof/prove.ts";
import { senderOf } from "../../functions/senders/sender.ts";

/** Proofs that nobody here wrote: made by the senders' own libraries, or published by them. */

interface Given {
  readonly headers: Record<string, string>;
  readonly body?: string;
  /** Path and query. */
  readonly target?: string;
  /** Unix s. */
  readonly at?: number;
}

async function asked(name: string, secrets: readonly string[], given: Given): Promise<string> {
  const { headers, body = "", target = "/", at = 0 } = given;
  const [path = "", query = ""] = target.split("?", 2);
  const evidence = evidenceOf(
    { method: "POST", path, query, headers: { ...headers }, body: Buffer.from(body) },
    undefined,
  );
  const live = async () => secrets.map((value, index) => ({ letter: (["a", "b"] as const)[index]!, value }));
  const { auth } = senderOf(presetOf(name)!)!;
  return prove(auth, evidence, live, at * 1_000).catch((error: Problem) => error.code);
}

test("Standard Webhooks: what its own library signs, with either of two secrets and among other signatures", async () => {
  const at = new Date("2026-11-20T10:00:00Z");
  const body = '{"type":"order.paid","data":{"Zoë":"注文"}}';
  const secret = `whsec_${Buffer.from("a key of thirty-two bytes or so").toString("base64")}`;
  const signature = new Webhook(secret).sign("msg_1", at, body);
  const headers = {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(at.getTime() / 1_000),
    "webhook-signature": `v1,AAAA v1a,AAAA ${signature}`,
  };
  const given = { headers, body, at: at.getTime() / 1_000 };
  const other = `whsec_${Buffer.from("another key").toString("base64")}`;
  for (const secrets of [[secret], [other, secret], [secret, other]])
    expect(await asked("standard-webhooks", secrets, given)).toBe("proved");
  expect(await asked("standard-webhooks", [other], given)).toBe("signature_wrong");
  // The library and the product agree on what is too old.
  expect(await asked("standard-webhooks", [secret], { ...given, at: given.at + 301 })).toBe("timestamp_old");
  const svix = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.replace("webhook", "svix"), value]),
  );
  expect(await asked("svix", [secret], { ...given, headers: svix })).toBe("proved");
});

test("Standard Webhooks v1a: by a key of the sender's own, of which the public half is known", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const bytes = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const signature = signWith(null, Buffer.from("msg_1.1795170000.{}"), privateKey).toString("base64");
  const headers = {
    "webhook-id": "msg_1",
    "webhook-timestamp": "1795170000",
    "webhook-signature": `v1a,${signature}`,
  };
  const secret = `whpk_${bytes.toString("base64")}`;
  expect(await asked("standard-webhooks", [secret], { headers, body: "{}", at: 1_795_170_000 })).toBe(
    "proved",
  );
  expect(await asked("standard-webhooks", [secret], { headers, body: "[]", at: 1_795_170_000 })).toBe(
    "signature_wrong",
  );
  // A symmetric signature proves nothing where the public key is all that is known.
  const forged = {
    ...headers,
    "webhook-signature": new Webhook(bytes.toString("base64")).sign(
      "msg_1",
      new Date(1_795_170_000_000),
      "{}",
    ),
  };
  expect(await asked("standard-webhooks", [secret], { headers: forged, body: "{}", at: 1_795_170_000 })).toBe(
    "signature_wrong",
  );
});

test("GitHub: what its own library signs, and the example of its documentation", async () => {
  const secret = "It's a Secret to Everybody";
  for (const [body, signature] of [
    ["Hello, World!", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"],
    ['{"zen":"Zoë"}', await signLikeGithub(secret, '{"zen":"Zoë"}')],
  ] as const) {
    expect(await asked("github", [secret], { headers: { "x-hub-signature-256": signature }, body })).toBe(
      "proved",
    );
    expect(await asked("github", ["x"], { headers: { "x-hub-signature-256": signature }, body })).toBe(
      "signature_wrong",
    );
  }
});

test("SendGrid: its own library and the product agree on what the sender's key has signed", async () => {
  const library = new EventWebhook();
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ format: "pem", type: "spki" });
  const secret = publicKey.export({ format: "der", type: "spki" }).toString("base64");
  const [body, timestamp] = ['[{"email":"zoe@example.com","event":"open"}]\r\n', "1600112502"];
  const signature = signWith("sha256", Buffer.from(timestamp + body), privateKey).toString("base64");
  for (const [sent, isRight] of [
    [body, true],
    [body.trim(), false],
  ] as const) {
    expect(
      library.verifySignature(library.convertPublicKeyToECDSA(String(pem)), sent, signature, timestamp),
    ).toBe(isRight);
    const headers = {
      "x-twilio-email-event-webhook-signature": signature,
      "x-twilio-email-event-webhook-timestamp": timestamp,
    };
    expect(await asked("sendgrid", [secret], { headers, body: sent })).toBe(
      isRight ? "proved" : "signature_wrong",
    );
  }
});

test("Stripe: a header that stripe 23.1.0 made (webhooks.generateTestHeaderString)", async () => {
  const body = '{"id":"evt_1NG8Du2eZvKYlo2CUI79vXWy","object":"event","created":1795170000}';
  const v1 = "3fe52fa13064b9ec91ff27e267a84e7e9022f0df16d7ccf03d4dd41a3cdbcf05";
  const send = (header: string) =>
    asked("stripe", ["whsec_test_secret"], {
      headers: { "stripe-signature": header },
      body,
      at: 1_795_170_100,
    });
  expect(await send(`t=1795170000,v1=${v1}`)).toBe("proved");
  expect(await send(`t=1795170000,v1=00,v1=${v1},v0=00`)).toBe("proved");
  expect(await send(`t=1795170000,v0=${v1}`)).toBe("signature_missing");
  expect(await send(`v1=${v1}`)).toBe("signature_missing");
});

test("Slack: the example of its documentation", async () => {
  const body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  const headers = {
    "x-slack-request-timestamp": "1531420618",
    "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  };
  const secret = "8f742231b10e8888abcd99yyyzzz85a5";
  expect(await asked("slack", [secret], { headers, body, at: 1_531_420_700 })).toBe("proved");
  expect(await asked("slack", [secret], { headers, body, at: 1_531_420_919 })).toBe("timestamp_old");
});

test("Twilio: the example of its documentation and of its libraries' tests", async () => {
  const given = {
    target: "/myapp.php?foo=1&bar=2",
    body: "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212",
    headers: {
      host: "mycompany.com",
      "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
      "x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
    },
  };
  expect(await asked("twilio", ["12345"], given)).toBe("proved");
  for (const [changed, what] of [
    [{ ...given, target: "/myapp.php?foo=1&bar=3" }, "query"],
    [{ ...given, body: given.body.replace("1234&", "1235&") }, "body"],
    [{ ...given, headers: { ...given.headers, host: "mycompany.org" } }, "host"],
    [{ ...given, headers: { ...given.headers, "content-type": "application/json" } }, "type"],
  ] as const)
    expect([what, await asked("twilio", ["12345"], changed)]).toEqual([what, "signature_wrong"]);
});
