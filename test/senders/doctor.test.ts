import { createHmac } from "node:crypto";
import { expect, test } from "@jest/globals";
import type { Auth } from "../../functions/senders/proof/auth.ts";
import { diagnose } from "../../functions/senders/doctor.ts";
import { proofSecretFault } from "../../functions/senders/proof/secret-fault.ts";
import { readRawRequest } from "../../functions/senders/raw-request.ts";

const auth: Auth = {
  scheme: "hmac",
  at: "header:x-signature",
  parts: ["timestamp", "=.", "body"],
  timestamp: "header:x-timestamp",
  tolerance_seconds: 300,
};
const at = 1_795_170_000;
const secret = "wh_hunter2";
const compact = '{"id":820982911946154508,"name":"Zoë / x","list":[1,{}]}';

async function found(
  text: string,
  signature: string,
  { kept = secret, with: asked = auth, seconds = at }: { kept?: string; with?: Auth; seconds?: number } = {},
) {
  const raw = `POST /ds/x?a=1 HTTP/1.1\r\nX-Timestamp: ${at}\r\nX-Signature: ${signature}\r\n\r\n${text}`;
  const live = async () => [{ letter: "a" as const, value: kept }];
  const [only] = await diagnose([asked], readRawRequest(Buffer.from(raw), undefined), live, seconds * 1_000);
  return only!;
}

const sign = (text: string, by = secret, digest = "sha256") =>
  createHmac(digest, by).update(`${at}.${text}`).digest();

test.each<[string, string, string | RegExp]>([
  ["a line break at the end", `${compact}\n`, "line break was added"],
  ["blanks of Python", compact.replaceAll(":", ": ").replace(",", ", "), /JSON was written anew/],
  ["an escaped slash", compact.replace("/", "\\/"), /JSON was written anew/],
  ["an indent", JSON.stringify({ a: [1, {}], b: "x:y,z" }, null, 2), /JSON was written anew/],
  ["a byte order mark", `\ufeff${compact}`, "byte order mark"],
])("the doctor finds that the body changed: %s", async (_, sent, cause) => {
  const signed = sent.startsWith("{\n") ? '{"a":[1,{}],"b":"x:y,z"}' : compact;
  const diagnosis = await found(sent, sign(signed).toString("hex"));
  expect(diagnosis).toMatchObject({ holds: false, cause: expect.stringMatching(cause) });
});

test("the doctor finds what was signed otherwise", async () => {
  const hex = sign(compact).toString("hex");
  expect(await found(compact, hex)).toEqual({ scheme: "hmac", holds: true });
  for (const [given, options, cause] of [
    [sign(compact).toString("base64"), {}, "written in base64, and hex"],
    [sign(compact, secret, "sha512").toString("hex"), {}, "made by sha512"],
    [hex, { kept: `${secret}\n` }, "blanks or a line break"],
    [sign(compact, "hunter2").toString("hex"), {}, "behind the _"],
    [hex, { with: { ...auth, prefix: "v0=" } }, 'lacks "v0="'],
    [createHmac("sha256", secret).update(compact).digest("hex"), {}, "the body alone was signed"],
    [hex, { seconds: at + 1_620 }, "the signature itself is right"],
  ] as const)
    expect(await found(compact, given, options)).toMatchObject({
      holds: false,
      cause: expect.stringContaining(cause),
    });
  const strange = await found(compact, sign("{}").toString("hex"));
  expect(strange.cause).toBeUndefined();
  expect((await found(compact, hex, { seconds: at + 1_620 })).says).toContain(
    "Signed 27 min ago; at most 5 min are allowed.",
  );
});

test("a request that is none is refused with what is allowed", () => {
  for (const text of ["", "x", "POST /\nno colon here\n\n"])
    expect(() => readRawRequest(Buffer.from(text), undefined)).toThrow(/allowed is/);
  const { method, query, body, headers } = readRawRequest(
    Buffer.from("PUT http://in.example/ds/x?a=1&b=2\nA: 1\na: 2\n\n\u0000\n"),
    undefined,
  );
  expect({ method, query, a: headers["a"], body: Buffer.from(body).toString() }).toEqual({
    method: "PUT",
    query: "a=1&b=2",
    a: "1, 2",
    body: "\u0000\n",
  });
});

test.each([
  ["basic", {}, "no-colon", /user:password/],
  ["ecdsa", {}, "AAAA", /P-256/],
  ["standard-webhooks", {}, "whsec_not base64", /base64/],
  ["hmac", { key: "hex" }, "zz", /hex digits/],
  ["token", {}, " blank", /blank/],
] as const)("a secret that could prove nothing is not taken: %s", (scheme, more, value, why) => {
  expect(proofSecretFault({ auth: [{ scheme, ...more }] }, "main", value)).toMatch(why);
});

test("a header of any length is read in one go, and loses the blanks around it and no byte of a letter", () => {
  const blanks = " ".repeat(1024 * 1024);
  const { headers } = readRawRequest(
    Buffer.from(`POST /ds/x\nA:${blanks}b${blanks}c\t\nB:\t\nC: à \n\n`),
    undefined,
  );
  expect(headers["a"]).toHaveLength(blanks.length + 2);
  expect([headers["b"], Buffer.from(headers["c"]!, "latin1").toString()]).toEqual(["", "à"]);
});
