import { expect, test } from "@jest/globals";
import { createSign, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { setIapAudience } from "../../functions/people/iap.ts";
import { thisMachine } from "../../functions/people/who.ts";
import { openIdentities, type Keys } from "../../infra/google/identities.ts";
import { openDoorOfPeople } from "../support/people.ts";

/** Who somebody is by Google's word, with keys of our own in the place of Google's. */

const audience = "/projects/123/global/backendServices/456";
const service = "https://afterclick-admin-123.europe-west1.run.app";
const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const forgers = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = (key: typeof rsa.publicKey) => String(key.export({ type: "spki", format: "pem" }));

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const seconds = () => Math.floor(Date.now() / 1000);

function iapToken(changed: object = {}, key = elliptic.privateKey, head: object = {}): string {
  const text = `${part({ alg: "ES256", typ: "JWT", kid: "iap-1", ...head })}.${part({
    iss: "https://cloud.google.com/iap",
    aud: audience,
    email: "Maria@Example.com",
    sub: "accounts.google.com:1",
    iat: seconds() - 10,
    exp: seconds() + 600,
    ...changed,
  })}`;
  const signature = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}

function idToken(changed: object = {}): string {
  const text = `${part({ alg: "RS256", typ: "JWT", kid: "google-1" })}.${part({
    iss: "https://accounts.google.com",
    aud: service,
    email: "maria@example.com",
    email_verified: true,
    iat: seconds() - 10,
    exp: seconds() + 600,
    ...changed,
  })}`;
  return `${text}.${createSign("sha256").update(text).sign(rsa.privateKey, "base64url")}`;
}

async function open(options: { iapIsSet?: boolean; keys?: { iap: Keys; google: Keys } } = {}) {
  const read = { iap: 0, google: 0 };
  const keys = options.keys ?? {
    iap: async () => (read.iap++, { "iap-1": pem(elliptic.publicKey) }),
    google: async () => (read.google++, { "google-1": pem(rsa.publicKey) }),
  };
  const google = openIdentities({ audiences: [service], keys });
  const door = await openDoorOfPeople({ google, firstAdmins: ["maria@example.com"] });
  if (options.iapIsSet !== false) await setIapAudience(door.people, thisMachine, audience);
  const me = async (headers: Record<string, string>) => {
    const { status, code, text, json } = await door.ask("GET", "/v1/me", { headers });
    return status === 200 ? `${String(json["name"])} by ${String(json["how"])}` : `${code}: ${text}`;
  };
  const byIap = (assertion: string, more = {}) => me({ "x-goog-iap-jwt-assertion": assertion, ...more });
  const byToken = (token: string, more = {}) => me({ authorization: `Bearer ${token}`, ...more });
  return { ...door, me, byIap, byToken, read };
}

test("whoever Identity-Aware Proxy names is let in, in whatever case, where they are one of the people", async () => {
  const { byIap, read } = await open();
  expect(await byIap(iapToken())).toBe("maria@example.com by iap");
  expect(await byIap(iapToken())).toBe("maria@example.com by iap");
  expect(read.iap).toBe(1);
  expect(await byIap(iapToken({ email: "stranger@example.com" }))).toMatch(
    /^person_not_let_in: .*"stranger@example\.com".*first_admins/,
  );
});

test.each<[string, () => string]>([
  ["another signature", () => iapToken({}, forgers.privateKey)],
  ["the key of somebody else under Google's id", () => iapToken({}, forgers.privateKey, { kid: "iap-1" })],
  ["an unknown key", () => iapToken({}, forgers.privateKey, { kid: randomUUID() })],
  ["no signature", () => iapToken().replace(/[^.]+$/, "")],
  ["the algorithm none", () => `${part({ alg: "none", kid: "iap-1" })}.${iapToken().split(".")[1]}.`],
  ["an HMAC with the public key", () => iapToken({}, elliptic.privateKey, { alg: "HS256" })],
  [
    "a payload that was changed afterwards",
    () => {
      const [head, , signature] = iapToken().split(".");
      return `${head}.${part({ iss: "https://cloud.google.com/iap", aud: audience, email: "maria@example.com", iat: seconds(), exp: seconds() + 600 })}.${signature}`;
    },
  ],
  ["another audience", () => iapToken({ aud: "/projects/123/global/backendServices/999" })],
  ["no audience", () => iapToken({ aud: undefined })],
  ["another issuer", () => iapToken({ iss: "https://accounts.google.com" })],
  ["a time that is over", () => iapToken({ iat: seconds() - 4_000, exp: seconds() - 3_000 })],
  ["a time that is to come", () => iapToken({ iat: seconds() + 4_000, exp: seconds() + 5_000 })],
  ["no expiry", () => iapToken({ exp: undefined })],
  ["an expiry in ten years", () => iapToken({ exp: seconds() + 10 * 365 * 86_400 })],
  ["no mail address", () => iapToken({ email: undefined })],
  ["an ID token in its place", () => idToken({ aud: audience })],
  ["no token at all", () => "maria@example.com"],
  ["nothing", () => ""],
])("a forged assertion gets nobody in, and its words are in no answer: %s", async (_name, forged) => {
  const { byIap, person } = await open();
  const token = forged();
  const answer = await byIap(token);
  expect(answer).toMatch(/^(token_refused|sign_in_needed)/);
  if (token.length > 20) expect(answer).not.toContain(token.slice(-20));
  // The unsigned headers that IAP sends beside it count for nothing.
  const named = { "x-goog-authenticated-user-email": "accounts.google.com:maria@example.com" };
  expect(await byIap(token, named)).toBe(answer);
  expect(await byIap(token, { cookie: await person("otto", "viewer", false) })).not.toContain("maria");
});

test("until its audience is set nobody signs in by Identity-Aware Proxy, and the sentence says how to", async () => {
  const { byIap, ask } = await open({ iapIsSet: false });
  expect(await byIap(iapToken())).toMatch(/^iap_unset: .*afterclick people iap AUDIENCE/);
  const asFirstAdmin = { authorization: `Bearer ${idToken()}`, "content-type": "application/json" };
  const set = await ask("POST", "/v1/iap", { headers: asFirstAdmin, body: JSON.stringify({ audience }) });
  expect(set.status).toBe(200);
  expect(await byIap(iapToken())).toBe("maria@example.com by iap");
});

test("an ID token for this service says who a program is", async () => {
  const { byToken } = await open();
  expect(await byToken(idToken())).toBe("maria@example.com by google");
  const gcloud = "32555940559.apps.googleusercontent.com";
  expect(await byToken(idToken({ aud: gcloud }))).toBe("maria@example.com by google");
  const own = "https://afterclick-admin-abc123-ew.a.run.app";
  expect(await byToken(idToken({ aud: own }), { host: own.slice(8) })).toBe("maria@example.com by google");
});

test.each<[string, () => string]>([
  ["Cloud Run took the signature off", () => idToken().replace(/[^.]+$/, "SIGNATURE_REMOVED_BY_GOOGLE")],
  ["it is for another service", () => idToken({ aud: "https://other-123.europe-west1.run.app" })],
  ["it is for a host that is none of Cloud Run's", () => idToken({ aud: "https://afterclick.example.com" })],
  ["it is over", () => idToken({ iat: seconds() - 9_000, exp: seconds() - 5_400 })],
  ["Google has not checked its address", () => idToken({ email_verified: false })],
  ["it was issued by somebody else", () => idToken({ iss: "https://evil.example" })],
  ["it is one of IAP's", () => iapToken({ aud: service })],
])("an ID token counts for nothing where %s", async (_name, token) => {
  const { byToken } = await open();
  expect(await byToken(token())).toMatch(/^(token_refused|sign_in_needed)/);
});

test("what the proxy says counts, whatever session or Google token the browser holds beside it", async () => {
  const { byIap, person } = await open();
  const cookie = await person("otto", "viewer", false);
  expect(await byIap(iapToken(), { cookie })).toBe("maria@example.com by iap");
  expect(await byIap(iapToken(), { authorization: `Bearer ${idToken({ email: "otto" })}` })).toBe(
    "maria@example.com by iap",
  );
});

test("a new key of Google's is found, and forged ones ask Google no more than once in 10 s", async () => {
  let reads = 0;
  const { byIap } = await open({
    keys: {
      iap: async () => (reads++, { "iap-1": pem(elliptic.publicKey) }),
      google: async () => ({}),
    },
  });
  for (let count = 0; count < 5; count++)
    expect(await byIap(iapToken({}, forgers.privateKey, { kid: randomUUID() }))).toMatch(/^token_refused/);
  expect(reads).toBe(1);
});

test("where Google's keys cannot be read nobody is let in, and it is our failure, not theirs", async () => {
  const away = () => Promise.reject(new Error("no network"));
  const { byIap } = await open({ keys: { iap: away, google: away } });
  expect(await byIap(iapToken())).toMatch(/^documents_down/);
});

test("on one machine neither assertions nor ID tokens count: anybody could write them", async () => {
  const { ask } = await openDoorOfPeople({ firstAdmins: ["maria@example.com"] });
  const headers = { "x-goog-iap-jwt-assertion": iapToken() };
  expect((await ask("GET", "/v1/me", { headers })).code).toBe("sign_in_needed");
  expect((await ask("GET", "/v1/me", { headers: { authorization: `Bearer ${idToken()}` } })).code).toBe(
    "token_refused",
  );
});
