import { offerDropBoxes, type OfferPorts } from "../../import/drop-box/offered.ts";
import { importNamePattern } from "../../import/registered/fields.ts";
import { json, jsonAnswer, type Parameter, route, type Route } from "../route.ts";
import { ref } from "../schema.ts";

/** Drop boxes: where senders leave files of backend events by SFTP. */
export function dropBoxRoutes(ports: OfferPorts): Route[] {
  const boxes = offerDropBoxes(ports);

  return [
    route({
      method: "GET",
      path: "/v1/drop-boxes",
      operation: "listDropBoxes",
      role: "viewer",
      payloads: "none",
      summary: "The drop boxes, and where senders connect to them",
      answer: jsonAnswer("The drop boxes, by user", ref("DropBoxes")),
      problems: ["not_here"],
      handle: async () => json(await boxes.list()),
    }),

    route<unknown, unknown, { import?: string }>({
      method: "POST",
      path: "/v1/drop-boxes",
      operation: "openDropBox",
      role: "admin",
      payloads: "none",
      summary: "Opens a drop box; its password is in this answer alone",
      body: {
        type: "object",
        properties: {
          import: {
            description: "the name of its import; left out: what arrives is kept until the box is given one",
            type: "string",
            pattern: importNamePattern,
          },
        },
        additionalProperties: false,
      },
      answer: jsonAnswer("The drop box, where it is, and its password", ref("NewDropBox"), 201),
      problems: ["not_here", "import_unknown", "drop_box_there", ...opening],
      handle: async ({ who, body }) => json(await boxes.open(who, body.import), 201),
    }),

    route<{ user: string }, unknown, { import: string }>({
      method: "PATCH",
      path: "/v1/drop-boxes/{user}",
      operation: "giveDropBox",
      role: "admin",
      payloads: "none",
      summary: "Gives a drop box to an import: what waits in it is imported",
      parameters: [userParameter],
      body: {
        type: "object",
        required: ["import"],
        properties: {
          import: { description: "the name of the import", type: "string", pattern: importNamePattern },
        },
        additionalProperties: false,
      },
      answer: jsonAnswer("The drop box", ref("DropBox")),
      problems: ["not_here", "drop_box_unknown", "import_unknown", "drop_box_there", ...changing],
      handle: async ({ who, path: { user }, body }) => json(await boxes.give(who, user, body.import)),
    }),

    route<{ user: string }>({
      method: "DELETE",
      path: "/v1/drop-boxes/{user}",
      operation: "closeDropBox",
      role: "admin",
      payloads: "none",
      summary: "Closes a drop box; what was imported stays",
      parameters: [userParameter],
      answer: jsonAnswer("Which drop box is closed", ref("DropBoxNamed")),
      problems: ["not_here", "drop_box_unknown", ...opening],
      async handle({ who, path: { user } }) {
        await boxes.close(who, user);
        return json({ user });
      },
    }),

    route<{ user: string }, unknown, { addresses: string[] }>({
      method: "POST",
      path: "/v1/drop-boxes/{user}/addresses",
      operation: "setDropBoxAddresses",
      role: "admin",
      payloads: "none",
      summary: "Says from where senders may come; who is in from elsewhere is put out",
      parameters: [userParameter],
      body: {
        type: "object",
        required: ["addresses"],
        properties: {
          addresses: {
            description: "addresses, and networks such as 192.0.2.0/24; an empty list: from everywhere",
            type: "array",
            items: { type: "string", maxLength: 100 },
            maxItems: 1_000,
          },
        },
        additionalProperties: false,
      },
      answer: jsonAnswer("The drop box", ref("DropBox")),
      problems: ["not_here", "drop_box_unknown", "addresses_refused", ...changing],
      handle: async ({ who, path: { user }, body }) => json(await boxes.allow(who, user, body.addresses)),
    }),

    route<{ user: string }>({
      method: "POST",
      path: "/v1/drop-boxes/{user}/password",
      operation: "renewDropBoxPassword",
      role: "admin",
      payloads: "none",
      summary: "Makes a new password, in this answer alone; the one before it is taken for a day more",
      parameters: [userParameter],
      answer: jsonAnswer("The drop box, where it is, and its password", ref("NewDropBox"), 201),
      problems: ["not_here", "drop_box_unknown", ...changing],
      handle: async ({ who, path: { user } }) => json(await boxes.renewPassword(who, user), 201),
    }),

    route<{ user: string }, unknown, { key: string }>({
      method: "POST",
      path: "/v1/drop-boxes/{user}/keys",
      operation: "addDropBoxKey",
      role: "admin",
      payloads: "none",
      summary: "Adds a public key by which a sender gets in",
      parameters: [userParameter],
      body: {
        type: "object",
        required: ["key"],
        properties: {
          key: {
            description: "a public key, as one line of an id_….pub file has it",
            type: "string",
            minLength: 1,
            maxLength: 16_384,
          },
        },
        additionalProperties: false,
      },
      answer: jsonAnswer("The drop box", ref("DropBox"), 201),
      problems: ["not_here", "drop_box_unknown", "ssh_key_refused", "too_many_keys", ...changing],
      handle: async ({ who, path: { user }, body }) => json(await boxes.addKey(who, user, body.key), 201),
    }),

    route<{ user: string; fingerprint: string }>({
      method: "DELETE",
      path: "/v1/drop-boxes/{user}/keys/{fingerprint}",
      operation: "removeDropBoxKey",
      role: "admin",
      payloads: "none",
      summary: "Removes a public key",
      parameters: [
        userParameter,
        {
          name: "fingerprint",
          in: "path",
          description: "SHA256: and 43 characters of base64, as the drop box lists it",
          schema: { type: "string", pattern: "^SHA256:[A-Za-z0-9+/]{43}$" },
        },
      ],
      answer: jsonAnswer("The drop box", ref("DropBox")),
      problems: ["not_here", "drop_box_unknown", ...changing],
      handle: async ({ who, path: { user, fingerprint } }) =>
        json(await boxes.removeKey(who, user, fingerprint)),
    }),
  ];
}

const changing = ["documents_conflict"];
const opening = ["cannot_listen", "secrets_down", "secrets_sealed"];

const userParameter: Parameter = {
  name: "user",
  in: "path",
  description: "the user of the drop box: small letters, digits, - and _",
  schema: { type: "string", pattern: "^[a-z0-9][a-z0-9_-]{0,59}$" },
};
