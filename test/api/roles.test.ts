import { expect, test } from "@jest/globals";
import { createAdmin } from "../../functions/api/admin.ts";
import { reaches, roles, type Role } from "../../functions/people/person.ts";
import type { Who } from "../../functions/people/who.ts";
import { openAdmin } from "../support/admin.ts";
import { request } from "../support/request.ts";

/** Every route × every role × the sight of payloads. The routes are those that the document lists,
 *  so that a new one is here at once; what each one needs is said here once more, by hand: a slip in
 *  the route does not pass. */

const needed: Record<string, [Role, "none" | "part" | "whole"]> = {
  "GET /openapi.json": ["viewer", "none"],
  "GET /v1/status": ["viewer", "none"],
  "GET /v1/me": ["viewer", "none"],
  "POST /v1/me/sign-out-everywhere": ["viewer", "none"],
  "GET /v1/streams": ["viewer", "part"],
  "GET /v1/streams/{id}": ["viewer", "part"],
  "GET /v1/streams/{id}/tail": ["viewer", "part"],
  "POST /v1/alerts/test": ["admin", "none"],
  "GET /v1/streams/{id}/health": ["viewer", "part"],
  "GET /v1/streams/{id}/snippet": ["viewer", "none"],
  "GET /v1/shapes": ["viewer", "none"],
  "POST /v1/streams/{id}/reconcile": ["viewer", "whole"],
  "POST /v1/streams/{id}/shapes/{shape}": ["viewer", "none"],
  "GET /v1/senders": ["viewer", "none"],
  "GET /v1/senders/{name}": ["viewer", "none"],
  "GET /v1/streams/{id}/secrets": ["viewer", "none"],
  "POST /v1/streams/{id}/secrets": ["admin", "none"],
  "DELETE /v1/streams/{id}/secrets/{slot}/{letter}": ["admin", "none"],
  "POST /v1/streams/{id}/proof-check": ["editor", "none"],
  "POST /v1/streams/{id}/developer-links": ["editor", "none"],
  "DELETE /v1/streams/{id}/developer-links": ["editor", "none"],
  "POST /v1/streams": ["editor", "none"],
  "PATCH /v1/streams/{id}": ["editor", "none"],
  "DELETE /v1/streams/{id}": ["editor", "none"],
  "GET /v1/activity": ["viewer", "none"],
  "POST /v1/activity/check": ["viewer", "none"],
  "GET /v1/hits/{hit_id}": ["viewer", "part"],
  "GET /v1/tables": ["viewer", "none"],
  "GET /v1/tables/{table}/rows": ["viewer", "whole"],
  "POST /v1/query": ["viewer", "whole"],
  "POST /v1/export": ["viewer", "whole"],
  "GET /v1/dead-letters": ["viewer", "part"],
  "GET /v1/dead-letters/{hit_id}": ["viewer", "whole"],
  "GET /v1/hits": ["viewer", "whole"],
  "POST /v1/jobs": ["editor", "none"],
  "GET /v1/jobs": ["viewer", "none"],
  "GET /v1/jobs/{id}": ["viewer", "none"],
  "POST /v1/jobs/{id}/stop": ["editor", "none"],
  "POST /v1/dead-letters/replay": ["editor", "none"],
  "POST /v1/dead-letters/discard": ["editor", "none"],
  "POST /v1/backup": ["admin", "whole"],
  "GET /v1/check": ["admin", "none"],
  "GET /v1/imports": ["viewer", "none"],
  "POST /v1/imports": ["editor", "none"],
  "GET /v1/imports/{name}": ["viewer", "none"],
  "GET /v1/imports/{name}/files": ["viewer", "part"],
  "POST /v1/imports/{name}/files": ["editor", "none"],
  "GET /v1/imports/{name}/uploads": ["editor", "none"],
  "POST /v1/imports/{name}/uploads": ["editor", "none"],
  "DELETE /v1/imports/{name}/uploads/{upload_id}": ["editor", "none"],
  "POST /v1/imports/{name}/uploads/{upload_id}/parts": ["editor", "none"],
  "GET /v1/imports/{name}/files/{file_id}": ["viewer", "part"],
  "GET /v1/imports/{name}/files/{file_id}/rejects": ["viewer", "whole"],
  "POST /v1/imports/{name}/files/{file_id}/again": ["editor", "none"],
  "POST /v1/imports/{name}/files/{file_id}/anyway": ["admin", "none"],
  "DELETE /v1/imports/{name}/files/{file_id}": ["editor", "none"],
  "GET /v1/imports/{name}/days": ["viewer", "none"],
  "PATCH /v1/imports/{name}": ["editor", "none"],
  "POST /v1/imports/{name}/link": ["editor", "part"],
  "GET /v1/imports/{name}/table": ["viewer", "part"],
  "POST /v1/imports/{name}/table/look": ["editor", "part"],
  "GET /v1/imports/{name}/links": ["viewer", "part"],
  "GET /v1/imports/{name}/links/events": ["viewer", "whole"],
  "GET /v1/imports/{name}/links/events.csv": ["viewer", "whole"],
  "GET /v1/imports/{name}/rejects": ["viewer", "whole"],
  "POST /v1/streams/{id}/backend-events": ["editor", "none"],
  "GET /v1/drop-boxes": ["viewer", "none"],
  "POST /v1/drop-boxes": ["admin", "none"],
  "PATCH /v1/drop-boxes/{user}": ["admin", "none"],
  "DELETE /v1/drop-boxes/{user}": ["admin", "none"],
  "POST /v1/drop-boxes/{user}/password": ["admin", "none"],
  "POST /v1/drop-boxes/{user}/addresses": ["admin", "none"],
  "POST /v1/drop-boxes/{user}/keys": ["admin", "none"],
  "DELETE /v1/drop-boxes/{user}/keys/{fingerprint}": ["admin", "none"],
  "GET /v1/feeds": ["viewer", "none"],
  "POST /v1/feeds": ["editor", "none"],
  "GET /v1/feeds/{name}": ["viewer", "none"],
  "PATCH /v1/feeds/{name}": ["editor", "none"],
  "DELETE /v1/feeds/{name}": ["editor", "none"],
  "POST /v1/feeds/{name}/fetch": ["editor", "none"],
  "POST /v1/feeds/{name}/take": ["editor", "none"],
  "GET /v1/tokens": ["viewer", "none"],
  "POST /v1/tokens": ["viewer", "none"],
  "DELETE /v1/tokens/{id}": ["viewer", "none"],
  "GET /v1/people": ["admin", "none"],
  "POST /v1/people": ["admin", "none"],
  "PATCH /v1/people/{name}": ["admin", "none"],
  "DELETE /v1/people/{name}": ["admin", "none"],
  "POST /v1/people/{name}/reset": ["admin", "none"],
  "POST /v1/iap": ["admin", "none"],
  "GET /v1/audit": ["admin", "none"],
};

const everybody: Who[] = roles.flatMap((role) =>
  [true, false].map((seesPayloads) => ({
    id: role,
    name: role,
    role,
    seesPayloads,
    how: "session" as const,
  })),
);
let who = everybody[0]!;
const { send, document, ...ports } = await openAdmin({ identify: async () => who });
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map(
    (method) => [`${method.toUpperCase()} ${path}`, method.toUpperCase(), path] as const,
  ),
);

const takesFile = (method: string, path: string) => {
  const { requestBody } = document.paths[path]![method.toLowerCase()]! as {
    requestBody?: { content: object };
  };
  return requestBody !== undefined && "application/octet-stream" in requestBody.content;
};

test("each route says what it needs, here and in the document", () => {
  expect(operations.map(([name]) => name).sort()).toEqual(Object.keys(needed).sort());
  for (const [name, method, path] of operations) {
    const [role, payloads] = needed[name]!;
    const { description } = document.paths[path]![method.toLowerCase()]! as unknown as {
      description: string;
    };
    expect([name, description.split(".")[0]]).toEqual([name, `Needs the role ${role}`]);
    expect([name, /Only for people who may see payloads/.test(description)]).toEqual([
      name,
      payloads === "whole",
    ]);
    expect([name, /left out for people who may not/.test(description)]).toEqual([name, payloads === "part"]);
  }
});

test.each(operations)("%s answers those who may ask, and nobody else", async (name, method, template) => {
  const [role, payloads] = needed[name]!;
  const path = template
    .replace("{table}", "a.b")
    .replace("{name}", "x")
    .replace(/\{[^}]+\}/, "aaaaaaaa-0000-4000-8000-000000000001");
  for (const one of everybody) {
    who = one;
    const { json, status } = await send(
      method,
      path,
      method === "GET" || method === "DELETE" ? undefined : {},
      takesFile(method, template) ? { headers: { "content-type": "application/octet-stream" } } : {},
    );
    const expected = !reaches(one.role, role)
      ? "role_missing"
      : payloads === "whole" && !one.seesPayloads
        ? "payloads_hidden"
        : undefined;
    const refusals = ["role_missing", "payloads_hidden", "sign_in_needed"];
    const got = refusals.includes(json?.code) ? json.code : undefined;
    expect([name, one.role, one.seesPayloads, got]).toEqual([name, one.role, one.seesPayloads, expected]);
    if (expected !== undefined) expect(status).toBe(403);
  }
});

test("whoever is nobody is answered at no route, and nothing is read before", async () => {
  const asked: string[] = [];
  const registry = new Proxy(ports.registry, {
    get: (target, name) => (asked.push(String(name)), Reflect.get(target, name) as unknown),
  });
  const nobody = new Error("nobody");
  const admin = createAdmin({ ...ports, registry, identify: () => Promise.reject(nobody) });
  asked.length = 0;
  for (const [, method, path] of operations) {
    const body = () => Promise.reject(new Error("The body was read."));
    const asking = { ...request({ method, path: path.replaceAll(/\{[^}]+\}/g, "x") }), body };
    await expect(Promise.resolve(admin(asking))).rejects.toBe(nobody);
  }
  expect(asked).toEqual([]);
});
