import type { Secrets } from "../../secrets.ts";
import { nearest } from "../../nearest.ts";
import { nothingToProve, secretMissing, senderUnknown } from "../../problems.ts";
import { diagnose } from "../../senders/doctor.ts";
import { createLiveSecrets, type Letter, letters } from "../../senders/live-secrets.ts";
import { presetOf, presets } from "../../senders/presets/presets.ts";
import { readRawRequest } from "../../senders/raw-request.ts";
import { findReading } from "../../streams/change.ts";
import { readAll } from "../../streams/reading.ts";
import {
  listStreamSecrets,
  putStreamSecret,
  retireStreamSecret,
  type StreamSecretPorts,
} from "../../senders/stream-secrets.ts";
import { senderIn } from "../../streams/stream.ts";
import { idParameter } from "../parameters.ts";
import { json, jsonAnswer, type Parameter, route, type Route } from "../route.ts";
import { ref, type Schema } from "../schema.ts";

interface SenderPorts extends StreamSecretPorts {
  /** Under which address the world reaches collect. */
  collectUrl: string;
}

/** Known senders, and what a stream's sender proves itself by. */
export function senderRoutes(ports: SenderPorts): Route[] {
  return [
    route({
      method: "GET",
      path: "/v1/senders",
      operation: "listSenders",
      role: "viewer",
      payloads: "none",
      summary: "The senders that a stream can name in one word",
      answer: jsonAnswer("The senders, by name", ref("Senders")),
      problems: [],
      handle: async () =>
        json({ senders: presets.toSorted((one, other) => (one.name < other.name ? -1 : 1)) }),
    }),

    route<{ name: string }>({
      method: "GET",
      path: "/v1/senders/{name}",
      operation: "showSender",
      role: "viewer",
      payloads: "none",
      summary: "What one of them stands for, in the words of a stream's document",
      parameters: [
        {
          name: "name",
          in: "path",
          description: "one of the list's names",
          schema: { type: "string", minLength: 1, maxLength: 80 },
        },
      ],
      answer: jsonAnswer("The sender", ref("Sender")),
      problems: ["sender_unknown"],
      async handle({ path: { name } }) {
        const preset = presetOf(name);
        const names = presets.map((one) => one.name);
        if (preset === undefined) throw senderUnknown({ name, nearest: nearest(name, names) });
        return json(preset);
      },
    }),

    route<{ id: string }>({
      method: "GET",
      path: "/v1/streams/{id}/secrets",
      operation: "listStreamSecrets",
      role: "viewer",
      payloads: "none",
      summary: "Which secrets of a stream's sender are live, without what they are",
      parameters: [idParameter],
      answer: jsonAnswer("The secrets", ref("StreamSecrets")),
      problems: ["not_here", "stream_unknown", "registry_down", ...storing],
      handle: async ({ path: { id } }) => json(await listStreamSecrets(ports, id)),
    }),

    route<{ id: string }, unknown, { slot?: string; value?: string }>({
      method: "POST",
      path: "/v1/streams/{id}/secrets",
      operation: "putStreamSecret",
      role: "admin",
      payloads: "none",
      summary: "Puts a secret beside the one that is live; one that is made is in this answer alone",
      parameters: [idParameter],
      body: {
        type: "object",
        properties: {
          slot: { ...slot, description: "which one, where the sender has several" },
          value: {
            description: "what the sender shows; one is made where it is left out",
            type: "string",
            minLength: 1,
            maxLength: 16_384,
          },
        },
        additionalProperties: false,
      },
      sayings: { value: { hint: "allowed are 1 to 16384 characters", secret: true } },
      answer: jsonAnswer("Which one it is", ref("PutStreamSecret"), 201),
      problems: [
        "not_here",
        "stream_unknown",
        "nothing_to_prove",
        "secret_refused",
        "secrets_full",
        "registry_down",
        ...storing,
      ],
      handle: async ({ path: { id }, body, who }) => json(await putStreamSecret(ports, who, id, body), 201),
    }),

    route<{ id: string; slot: string; letter: Letter }>({
      method: "DELETE",
      path: "/v1/streams/{id}/secrets/{slot}/{letter}",
      operation: "retireStreamSecret",
      role: "admin",
      payloads: "none",
      summary: "Takes a secret away: what is signed with it is refused from then on",
      parameters: [idParameter, ...secretParameters],
      answer: jsonAnswer("The secrets that are left", ref("StreamSecrets")),
      problems: ["not_here", "stream_unknown", "secret_unknown", "registry_down", ...storing],
      handle: async ({ path: { id, slot, letter }, who }) =>
        json(await retireStreamSecret(ports, who, id, { slot, letter })),
    }),

    route<{ id: string }, unknown, { request_base64: string }>({
      method: "POST",
      path: "/v1/streams/{id}/proof-check",
      operation: "checkProof",
      // Whoever can try requests at will finds out what a secret is not, and no more.
      role: "editor",
      payloads: "none",
      isRead: true,
      summary: "Whether a request that was sent proves itself, and what is wrong where it does not",
      parameters: [idParameter],
      body: {
        type: "object",
        required: ["request_base64"],
        properties: {
          request_base64: {
            description: "the request as it was sent: its line, its headers, an empty line, its body",
            type: "string",
            minLength: 1,
          },
        },
        additionalProperties: false,
      },
      answer: jsonAnswer("What was found", ref("ProofCheck")),
      problems: ["stream_unknown", "nothing_to_prove", "registry_down"],
      handle: async ({ path: { id }, body }) => json(await checkProof(ports, id, body.request_base64)),
    }),
  ];
}

const slot: Schema = { type: "string", pattern: "^[a-z0-9][a-z0-9-]{0,39}$" };
const storing = ["secrets_down", "secrets_sealed"];
const secretParameters: Parameter[] = [
  { name: "slot", in: "path", description: "as the list has it: main for most", schema: slot },
  { name: "letter", in: "path", description: "a or b", schema: { enum: letters } },
];

async function checkProof(ports: SenderPorts, named: string, request: string) {
  const { id, lookup } = findReading(readAll(await ports.registry.list(), ports), named);
  const sender = senderIn(lookup);
  if (sender === undefined || sender.auth.length === 0) throw nothingToProve();
  const evidence = readRawRequest(Buffer.from(request, "base64"), ports.collectUrl);
  const live = liveOf(ports.secrets, id);
  const proofs = await diagnose(sender.auth, evidence, live, ports.now());
  return { proved: proofs.every(({ holds }) => holds), bytes: evidence.body.length, proofs };
}

function liveOf(secrets: Secrets | undefined, id: string) {
  const live = secrets && createLiveSecrets(secrets);
  return async (slot: string) => {
    if (live === undefined) throw secretMissing({ slot });
    return live.of(id, slot);
  };
}
