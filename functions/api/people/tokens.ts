import type { PeoplePorts, Role } from "../../people/person.ts";
import { addToken, listTokens, removeToken } from "../../people/tokens.ts";
import { role, seesPayloads } from "./people.ts";
import { pageParameters } from "../parameters.ts";
import { json, jsonAnswer, route, type Route } from "../route.ts";
import { ref } from "../schema.ts";

interface TokenFields {
  name: string;
  role: Role;
  sees_payloads: boolean;
  person?: string;
  days?: number;
}

const tokenIdPattern = "^[a-z0-9]{12}$";

/** Tokens by which programs, and the command line elsewhere, ask in a person's name. */
export function tokenRoutes(ports: PeoplePorts): Route[] {
  return [
    route<unknown, { limit: number; after?: string }>({
      method: "GET",
      path: "/v1/tokens",
      operation: "listTokens",
      role: "viewer",
      payloads: "none",
      summary: "One's own tokens, without their secrets; everybody's for admins",
      parameters: pageParameters("the id of the last token of the page before", tokenIdPattern),
      answer: jsonAnswer("The tokens, by id", ref("Tokens")),
      problems: [],
      handle: async ({ who, query }) => json(await listTokens(ports, who, query)),
    }),

    route<unknown, unknown, TokenFields>({
      method: "POST",
      path: "/v1/tokens",
      operation: "addToken",
      role: "viewer",
      payloads: "none",
      summary: "Makes a token, shown in this answer alone; it never reaches further than its person does",
      body: {
        type: "object",
        required: ["name", "role"],
        properties: {
          name: {
            description: "what it is for, 1 to 80 characters",
            type: "string",
            minLength: 1,
            maxLength: 80,
          },
          role,
          sees_payloads: { ...seesPayloads, default: false },
          person: {
            description: "whose it is: another one's is for admins; one's own where left out",
            type: "string",
            minLength: 1,
            maxLength: 100,
          },
          days: {
            description: "after how many days it ends, 1 to 3650; by itself never where left out",
            type: "integer",
            minimum: 1,
            maximum: 3650,
          },
        },
        additionalProperties: false,
      },
      answer: jsonAnswer("The token", ref("NewToken"), 201),
      problems: ["person_unknown", "too_much_given", "documents_conflict"],
      handle: async ({ body, who }) => json(await addToken(ports, who, body), 201),
    }),

    route<{ id: string }>({
      method: "DELETE",
      path: "/v1/tokens/{id}",
      operation: "removeToken",
      role: "viewer",
      payloads: "none",
      summary: "Ends a token at once: one's own, or for admins anybody's",
      parameters: [
        {
          name: "id",
          in: "path",
          description: "the id of the token, 12 small letters and digits",
          schema: { type: "string", pattern: tokenIdPattern },
        },
      ],
      answer: jsonAnswer("Which token ended", ref("TokenNamed")),
      problems: ["token_unknown", "documents_conflict"],
      async handle({ path: { id }, who }) {
        await removeToken(ports, who, id);
        return json({ id });
      },
    }),
  ];
}
