import {
  addPerson,
  changePerson,
  type Linked,
  removePerson,
  resetPassword,
  signOutEverywhere,
  viewOf,
} from "../../people/change.ts";
import { type AuditAsked, deeds, listAudit } from "../../people/audit.ts";
import { audiencePattern, iapAudience, setIapAudience } from "../../people/iap.ts";
import { listPeople, nameRule, type PeoplePorts, type Role, roles } from "../../people/person.ts";
import { pageParameters } from "../parameters.ts";
import { json, jsonAnswer, type Parameter, route, type Route } from "../route.ts";
import { ref, type Schema } from "../schema.ts";

interface PeopleRoutePorts extends PeoplePorts {
  /** Under which origin people open the panel, where that is known. */
  panelOrigin?: string;
}

/** People, and what they did. */
export function peopleRoutes(ports: PeopleRoutePorts): Route[] {
  const { panelOrigin } = ports;
  const linked = ({ person, link: { path, until } }: Linked) => ({
    person,
    link: { path, until, ...(panelOrigin !== undefined && { url: panelOrigin + path }) },
  });

  return [
    route({
      method: "GET",
      path: "/v1/me",
      operation: "showMe",
      role: "viewer",
      payloads: "none",
      summary: "Who asks, and what they may do",
      answer: jsonAnswer("Who asks", ref("Me")),
      problems: [],
      handle: async ({ who: { name, role, seesPayloads: sees_payloads, how } }) =>
        json({ name, role, sees_payloads, how }),
    }),

    route({
      method: "POST",
      path: "/v1/me/sign-out-everywhere",
      operation: "signOutEverywhere",
      role: "viewer",
      payloads: "none",
      summary: "Ends all sessions of whoever asks; tokens stay",
      answer: jsonAnswer("Whose sessions ended", ref("PersonNamed")),
      problems: ["person_unknown", "documents_conflict"],
      async handle({ who }) {
        await signOutEverywhere(ports, who);
        return json({ name: who.name });
      },
    }),

    route<unknown, { limit: number; after?: string }>({
      method: "GET",
      path: "/v1/people",
      operation: "listPeople",
      role: "admin",
      payloads: "none",
      summary: "Everybody who may sign in or call the API, and the audience of Identity-Aware Proxy",
      parameters: pageParameters("the name of the last person of the page before"),
      answer: jsonAnswer("The people, by name", ref("People")),
      problems: [],
      async handle({ query: { limit, after } }) {
        const [{ people, ...more }, iap_audience] = await Promise.all([
          listPeople(ports, { limit, after: after?.toLowerCase() }),
          iapAudience(ports),
        ]);
        return json({
          people: people.map((person) => viewOf(ports, person)),
          ...more,
          ...(iap_audience !== undefined && { iap_audience }),
        });
      },
    }),

    route<unknown, unknown, { name: string; role: Role; sees_payloads: boolean }>({
      method: "POST",
      path: "/v1/people",
      operation: "addPerson",
      role: "admin",
      payloads: "none",
      summary: "Adds a person; the answer has a link that sets a password, once",
      body: {
        type: "object",
        required: ["name", "role"],
        properties: {
          name: { description: nameRule, type: "string", minLength: 1, maxLength: 100 },
          role,
          sees_payloads: { ...seesPayloads, default: false },
        },
        additionalProperties: false,
      },
      answer: jsonAnswer("The person and their link", ref("PersonLinked"), 201),
      problems: ["person_there", "too_much_given", "documents_conflict", "person_unknown"],
      handle: async ({ body, who }) => json(linked(await addPerson(ports, who, body)), 201),
    }),

    route<{ name: string }, unknown, { role?: Role; sees_payloads?: boolean }>({
      method: "PATCH",
      path: "/v1/people/{name}",
      operation: "changePerson",
      role: "admin",
      payloads: "none",
      summary: "Gives a person another role, or the sight of payloads, or takes it",
      parameters: [nameParameter],
      body: {
        type: "object",
        properties: { role, sees_payloads: seesPayloads },
        additionalProperties: false,
        minProperties: 1,
      },
      answer: jsonAnswer("The person", ref("Person")),
      problems: ["person_unknown", "too_much_given", "documents_conflict"],
      handle: async ({ path: { name }, body, who }) => json(await changePerson(ports, who, name, body)),
    }),

    route<{ name: string }>({
      method: "POST",
      path: "/v1/people/{name}/reset",
      operation: "resetPerson",
      role: "admin",
      payloads: "none",
      summary: "Ends a person's password and sessions, and makes a link that sets a new password, once",
      parameters: [nameParameter],
      answer: jsonAnswer("The person and their link", ref("PersonLinked")),
      problems: ["person_unknown", "too_much_given", "documents_conflict"],
      handle: async ({ path: { name }, who }) => json(linked(await resetPassword(ports, who, name))),
    }),

    route<{ name: string }>({
      method: "DELETE",
      path: "/v1/people/{name}",
      operation: "removePerson",
      role: "admin",
      payloads: "none",
      summary: "Removes a person: their sessions and tokens end at once",
      parameters: [nameParameter],
      answer: jsonAnswer("Who was removed", ref("PersonNamed")),
      problems: ["person_unknown", "documents_conflict"],
      async handle({ path: { name }, who }) {
        await removePerson(ports, who, name);
        return json({ name });
      },
    }),

    route<unknown, unknown, { audience: string }>({
      method: "POST",
      path: "/v1/iap",
      operation: "setIapAudience",
      role: "admin",
      payloads: "none",
      summary: "Says for whom Identity-Aware Proxy makes its assertions; nobody signs in by it before",
      body: {
        type: "object",
        required: ["audience"],
        properties: {
          audience: {
            description:
              "the audience that IAP shows for the backend, /projects/NUMBER/global/backendServices/NUMBER",
            type: "string",
            pattern: audiencePattern,
          },
        },
        additionalProperties: false,
      },
      answer: jsonAnswer("The audience", ref("Iap")),
      problems: [],
      async handle({ body: { audience }, who }) {
        await setIapAudience(ports, who, audience);
        return json({ iap_audience: audience });
      },
    }),

    route<unknown, AuditAsked>({
      method: "GET",
      path: "/v1/audit",
      operation: "listAudit",
      role: "admin",
      payloads: "none",
      summary: "What people did, the newest first",
      parameters: [
        ...pageParameters(
          "the id of the last entry of the page before, 14 digits - 12 hex digits",
          "^\\d{14}-[0-9a-f]{12}$",
          100,
        ),
        {
          name: "who",
          in: "query",
          description: "the id of a person, which is their name in small letters: only what they did",
          schema: { type: "string", minLength: 1, maxLength: 400 },
        },
        {
          name: "what",
          in: "query",
          description: `one of ${deeds.join(", ")}: only that`,
          schema: { enum: deeds },
        },
      ],
      answer: jsonAnswer("The entries", ref("Audit")),
      problems: [],
      handle: async ({ query }) => json(await listAudit(ports, query)),
    }),
  ];
}

const nameParameter: Parameter = {
  name: "name",
  in: "path",
  description: "the name of a person, in whatever case",
  schema: { type: "string", minLength: 1, maxLength: 400 },
};
export const role: Schema = { description: `one of ${roles.join(", ")}`, enum: roles };
export const seesPayloads: Schema = {
  description: "true or false: whether payloads are seen, which are personal data",
  type: "boolean",
};
