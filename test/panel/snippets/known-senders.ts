import { answers } from "../../../functions/senders/answers.ts";
import type { Auth } from "../../../functions/senders/proof/auth.ts";
import type { Handshake } from "../../../functions/senders/handshake.ts";
import type { Preset } from "../../../functions/senders/presets/preset.ts";
import { presets } from "../../../functions/senders/presets/presets.ts";

/** The part of docs/senders.md that is made of the presets. */
export function knownSenders(): string[] {
  const sorted = presets.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return [intro, parts, ...sorted.map(section)];
}

const intro = `## Known senders

A stream that names its sender in one word asks for its proof, answers what it asks before it sends, gives the answer that it waits for, and knows how its records are named and ordered:

\`\`\`
npx afterclick streams add --table shop.orders --offset UTC --sender shopify
npx afterclick senders secret put shop.orders < secret.txt
npx afterclick senders check shop.orders < request.txt
\`\`\`

- The proof is asked of the bytes as they came in, before anything is inflated or parsed that the proof does not need. Who fails it is answered 401 with a code of [errors.md](errors.md), and nothing is stored.
- Two secrets are live at most, A and B: put the new one, change it at the sender, retire the old one. They are kept in the data folder, sealed, and are shown to nobody again.
- While a secret is missing, or secrets cannot be read, nobody gets in: hits are answered 200 and become dead letters (\`proof_unreadable\`), with what their proof needs sealed beside them. \`npx afterclick dead-letters replay HIT_ID\` checks it as of when the hit came; \`--let-through\` lets one through without, and is for an Admin alone. A body that came encoded then stays so.
- What a sender asks before it sends is answered and is no hit; the log has it as \`sender_checked\`.
- Whoever signs the address too signs it as it was given to the sender: Host and \`COLLECT_URL\` are tried.
- A token in the body is looked for in bodies of up to 1 MiB, and stands in the rows.
- In the cloud secrets are in Secret Manager; one that was put or retired there counts for all instances of collect within some 61 seconds.

\`npx afterclick senders list\` and \`senders show NAME\` say the same as this page.`;

const parts = `## Each part by itself

A document can say each part itself, in the place of its sender's or without one. \`auth\` \`[]\` asks for nothing: the address is the key.

\`\`\`
{
  "table": "crm.leads",
  "offset": "UTC",
  "auth": {
    "scheme": "hmac",
    "at": "header:x-signature",
    "parts": ["timestamp", "=.", "body"],
    "timestamp": "header:x-timestamp",
    "tolerance_seconds": 300
  },
  "handshake": { "method": "GET", "when": { "query:challenge": "*" }, "text": "query:challenge" },
  "answer": "ok",
  "delivery": "header:x-event-id"
}
\`\`\`

A **place** is \`header:NAME\`, \`query:NAME\` or a path into the body ([streams.md](streams.md#paths)), with \`*\` for each of a list.

The **schemes** of \`auth\`; of a list all must hold:

- \`hmac\`: the signature at \`at\`, of \`parts\` one after the other: \`body\` (as received), \`method\`, \`url\`, \`url-decoded\`, \`form\` (parameters sorted by name), \`timestamp\`, \`=text\`, \`header:NAME\`, \`query:NAME\`. \`digest\` sha256 (sha1, sha512), \`encoding\` hex (base64, base64url), \`key\` raw (base64, hex), \`prefix\` before it; \`fields\` for a header such as \`t=1,v1=…\`, where several signatures may stand; \`timestamp\` and \`tolerance_seconds\`.
- \`standard-webhooks\`: [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks), \`webhook-\` or \`svix-\` headers, 5 minutes; v1a where the secret is a public key (\`whpk_…\`).
- \`ecdsa\`: as \`hmac\`, signed by the sender's own key on P-256; the secret is its public half.
- \`token\`: the secret itself at \`at\`, behind \`prefix\`. \`basic\`: \`user:password\`.
- \`mailgun\`, \`twilio\`: as these two do it.
- \`account\`: what stands at \`at\` is one of \`is\`. No proof: whoever knows the address can write it.

\`secret\` names the slot of its secrets (\`main\` where left out).

Of a \`handshake\`, \`when\` says what must stand where (\`*\` for any), \`without\` where nothing may, \`alone\` that the body has nothing else; \`token\` is compared with the secret of the slot \`verify\`. The answer is \`text\` (a place), \`json\` (names and places, \`hmac:PLACE\` for an HMAC-SHA256 by the main secret), or empty. A greeting in the body has at most 4 KiB.

An \`answer\` is one of ${Object.entries(answers)
  .map(([name, { says }]) => `\`${name}\` (${says})`)
  .join(", ")}. The hit_id stands in the header \`Afterclick-Hit-Id\` always.

A \`delivery\` is places whose texts together name the delivery, at most 255 bytes; where one says nothing, \`webhook-id\` and \`Idempotency-Key\` do.`;

function section(preset: Preset): string {
  const { name, label, answer, items, key, updated, delivery, secrets, thin } = preset;
  const listed = (paths: string | readonly string[]) =>
    [paths]
      .flat()
      .map((path) => `\`${path}\``)
      .join(", ");
  const proofs = [preset.auth ?? []].flat().map(proof);
  const lines = [
    `Proof: ${proofs.join("; ") || "none, the address is the key"}.`,
    ...Object.entries(secrets ?? {}).map(([slot, says]) => `Secret \`${slot}\`: ${code(says)}.`),
    ...[preset.handshake ?? []].flat().map((one) => `Before it sends: ${greeting(one)}.`),
    ...(answer === undefined ? [] : [`Answer: ${answers[answer].says}.`]),
    ...(items === undefined ? [] : [`A batch: \`items\` ${listed(items)}.`]),
    ...(key === undefined
      ? []
      : [
          `Records: \`key\` ${listed(key)}${updated === undefined ? "" : `; \`updated\` ${listed(updated)}`}.`,
        ]),
    ...(delivery === undefined ? [] : [`Delivery: ${listed(delivery)}.`]),
    ...(thin === true ? ["It sends ids only, not what they name."] : []),
    ...(preset.notes ?? []).map(code),
    ...(preset.unverified === undefined ? [] : [`Not verified: ${code(preset.unverified.join("; "))}.`]),
  ];
  return `### ${name}\n\n${label}\n\n${lines.map((line) => `- ${line}`).join("\n")}`;
}

function proof({ scheme, at, parts: signed }: Auth): string {
  const where = at === undefined ? "" : ` at \`${at}\``;
  return `\`${scheme}\`${where}${signed === undefined ? "" : ` of ${signed.map((part) => `\`${part}\``).join(", ")}`}`;
}

function greeting({ method, when, text, json, token, alone, without }: Handshake): string {
  const asks = Object.entries(when).map(
    ([place, value]) => `\`${place}\`${value === "*" ? "" : ` \`${value}\``}`,
  );
  const said =
    text === undefined
      ? json === undefined
        ? "an empty 200"
        : `\`${JSON.stringify(json)}\``
      : `\`${text}\` as text`;
  return [
    `${method ?? "any method"}${asks.length === 0 ? "" : ` with ${asks.join(", ")}`}`,
    ...(alone === true ? ["and nothing else"] : []),
    ...(without === undefined ? [] : [`and no \`${without}\``]),
    ...(token === undefined ? [] : [`whose \`${token}\` is the secret \`verify\``]),
    `is answered with ${said}`,
  ].join(" ");
}

/** Names with brackets would be links, underscores may be marks. */
function code(text: string): string {
  return text
    .replaceAll(/(?<!`)\b[A-Za-z]+(?:\[\w+\])+/g, (name) => `\`${name}\``)
    .replaceAll(/(?<![`\w])[a-z]+_[a-z_]+\b(?!`)/g, (name) => `\`${name}\``)
    .replaceAll(/(?<!`)\[\](?!`)/g, "`[]`");
}
