import { roles } from "../../people/person.ts";
import { object, type Schema, type Schemas, text, unixMs } from "../schema.ts";

const roleSchema: Schema = { enum: [...roles] };
const next: Schema = { ...text, description: "There may be more: give it as after" };
const person = object(
  {
    name: text,
    role: roleSchema,
    sees_payloads: { type: "boolean" },
    added_by: text,
    has_password: { type: "boolean" },
  },
  {
    added_at: text,
    first_admin: { const: true, description: "Named by the configuration: an admin in any case" },
    link_until: { ...unixMs, description: "Until when the link that sets a password may be used" },
  },
);
const tokenFields = {
  id: { ...text, pattern: "^[a-z0-9]{12}$" },
  name: text,
  person: text,
  role: roleSchema,
  sees_payloads: { type: "boolean" },
  added_at: unixMs,
};
const tokenOptional = {
  until: unixMs,
  used_at: { ...unixMs, description: "The last use, to the minute" },
};

/** Answers about people, their tokens and what they did. */
export const peopleSchemas: Schemas = {
  Me: object({
    name: text,
    role: roleSchema,
    sees_payloads: { type: "boolean" },
    how: { enum: ["machine", "session", "token", "iap", "google"], description: "How they are known" },
  }),
  Person: person,
  PersonNamed: object({ name: text }),
  PersonLinked: object({
    person,
    link: object(
      { path: { ...text, description: "Below the address of the panel" }, until: unixMs },
      { url: { ...text, description: "Where that address is known" } },
    ),
  }),
  People: object({ people: { type: "array", items: person } }, { iap_audience: text, next }),
  Iap: object({ iap_audience: text }),
  Tokens: object({ tokens: { type: "array", items: object(tokenFields, tokenOptional) } }, { next }),
  NewToken: object({ ...tokenFields, token: text }, tokenOptional),
  TokenNamed: object({ id: text }),
  Audit: object(
    {
      entries: {
        type: "array",
        items: object(
          {
            id: text,
            at: unixMs,
            who: { ...text, description: "A person's id; nobody where nobody was known" },
            how: text,
            what: { ...text, description: "What was done, such as stream_changed" },
          },
          {
            about: text,
            before: {},
            after: {},
            outcome: {
              ...text,
              description:
                "begun: whether it was done is not known. failed CODE: it was not. Absent where it was done",
            },
          },
        ),
      },
    },
    { next },
  ),
};
