import {
  addBoxKey,
  closeDropBox,
  dropBoxView,
  giveDropBox,
  listDropBoxes,
  openDropBox,
  removeBoxKey,
  renewPassword,
  type DropBoxView,
} from "../../import/drop-box/boxes.ts";
import type { DropBoxGround } from "../../import/drop-box/ground.ts";
import { importNamePattern } from "../../import/registered/fields.ts";
import type { AuditPorts } from "../../people/audit.ts";
import { notHere } from "../../problems.ts";
import { json, jsonAnswer, type Parameter, route, type Route } from "../route.ts";
import { ref } from "../schema.ts";

interface DropBoxPorts extends AuditPorts {
  /** Where senders can connect: on a machine of one's own. */
  readonly dropBoxes?: DropBoxGround;
  readonly collectUrl: string;
}

/** Drop boxes: where senders leave files of backend events by SFTP. */
export function dropBoxRoutes(ports: DropBoxPorts): Route[] {
  const ground = () => {
    if (ports.dropBoxes === undefined)
      throw notHere({ what: "A drop box", instead: "send files of backend events by other ways" });
    return ports.dropBoxes;
  };
  const shown = <View extends DropBoxView>(view: View) => ({ ...view, waiting: ground().waiting(view.user) });
  const where = () => {
    const { port, fingerprints } = ground().where();
    return { host: new URL(ports.collectUrl).hostname, ...(port !== undefined && { port }), fingerprints };
  };

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
      async handle() {
        ground();
        const boxes = await listDropBoxes(ports);
        return json({ ...where(), boxes: boxes.map((box) => shown(dropBoxView(box, ports.now()))) });
      },
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
      async handle({ who, body }) {
        await ground().ready();
        const opened = await openDropBox(ports, who, { importName: body.import });
        await ground().changed();
        return json({ ...where(), ...shown(opened) }, 201);
      },
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
      async handle({ who, path: { user }, body }) {
        ground();
        const given = await giveDropBox(ports, who, user, body.import);
        await ground().changed();
        return json(shown(given));
      },
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
        ground();
        await closeDropBox(ports, who, user);
        await ground().changed();
        return json({ user });
      },
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
      async handle({ who, path: { user } }) {
        ground();
        return json({ ...where(), ...shown(await renewPassword(ports, who, user)) }, 201);
      },
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
      async handle({ who, path: { user }, body }) {
        ground();
        return json(shown(await addBoxKey(ports, who, user, body.key)), 201);
      },
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
      async handle({ who, path: { user, fingerprint } }) {
        ground();
        return json(shown(await removeBoxKey(ports, who, user, fingerprint)));
      },
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
