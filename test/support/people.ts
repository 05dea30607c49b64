import { createAdmin } from "../../functions/api/admin.ts";
import { createIdentify, type IdentifyPorts } from "../../functions/people/identify.ts";
import { addPerson } from "../../functions/people/change.ts";
import type { Role } from "../../functions/people/person.ts";
import { hashOf } from "../../functions/people/secret.ts";
import { thisMachine } from "../../functions/people/who.ts";
import { withSignIn } from "../../functions/sign-in/sign-in.ts";
import { asProblem } from "../../functions/problem.ts";
import type { Request } from "../../functions/request.ts";
import { memoryDocuments } from "./doubles/memory-documents.ts";
import { openAdmin } from "./admin.ts";
import { request } from "./request.ts";

export const panelOrigin = "https://afterclick.example.com";
const machineSecret = "m".repeat(43);

/** What a browser or a program sees. */
export interface Answered {
  status: number;
  code: string | undefined;
  text: string;
  headers: Readonly<Record<string, string>>;
  /** `name=value` of the cookie that was set. */
  cookie: string | undefined;
  json: { [name: string]: unknown };
}

/** The door of admin where people sign in, over documents in memory. */
export async function openDoorOfPeople(changed: Partial<IdentifyPorts> = {}) {
  const clock = { ms: Date.UTC(2026, 10, 27, 12) };
  const documents = memoryDocuments();
  const people = {
    documents,
    firstAdmins: [] as readonly string[],
    now: () => clock.ms,
    // The usual one takes a quarter of a second each.
    passwordCost: { log2N: 4, r: 8, p: 1 },
    ...changed,
  };
  const identify = createIdentify({ ...people, machineSecretHash: hashOf(machineSecret) });
  const ports = await openAdmin();
  const admin = createAdmin({ ...ports, ...people, identify, panelOrigin });
  const door = withSignIn({ ...people, panelOrigin }, admin);

  async function ask(
    method: string,
    path: string,
    given: Partial<Omit<Request, "body" | "headers">> & {
      headers?: Record<string, string>;
      body?: string;
    } = {},
  ): Promise<Answered> {
    const [bare = "", query = ""] = path.split("?", 2);
    const host = { host: "afterclick.example.com" };
    const headers = { ...host, ...given.headers };
    try {
      const asked = request({ remoteAddress: "203.0.113.7", ...given, method, path: bare, query, headers });
      const { status, headers: answered = {}, body = "" } = await door(asked);
      const text = typeof body === "string" ? body : "";
      const isJson = answered["content-type"]?.includes("json") === true;
      const json = (isJson ? JSON.parse(text) : {}) as Answered["json"];
      const cookie = answered["set-cookie"]?.split(";")[0];
      return { status, code: undefined, text, headers: answered, cookie, json };
    } catch (error) {
      const problem = asProblem(error);
      if (problem.code === "internal") throw problem.cause;
      const { status, code, message: text, headers: answered } = problem;
      return { status, code, text, headers: answered, cookie: undefined, json: {} };
    }
  }

  /** A form of a page of ours, as a browser sends it. */
  const form = (
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
    address?: string,
  ) =>
    ask("POST", path, {
      headers: {
        origin: panelOrigin,
        "sec-fetch-site": "same-origin",
        "content-type": "application/x-www-form-urlencoded",
        ...headers,
      },
      body: new URLSearchParams(fields).toString(),
      ...(address !== undefined && { remoteAddress: address }),
    });

  /** Adds a person who has set a password. @returns the cookie of their session */
  async function person(name: string, role: Role, seesPayloads: boolean, password = goodPassword) {
    const given = { name, role, sees_payloads: seesPayloads };
    const { link } = await addPerson(people, thisMachine, given);
    const { cookie } = await form(link.path, { password });
    return cookie!;
  }

  const deeds = async () =>
    (await documents.list("audit", { limit: 1_000 }))
      .map(({ document }) => document as { what: string; who: string; about?: string })
      .map(({ what, who, about }) => [what, who, about]);

  return { ...ports, people, documents, clock, ask, form, person, deeds };
}

export const goodPassword = "four words nobody guesses";
