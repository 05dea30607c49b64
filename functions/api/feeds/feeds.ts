import { askNow, takeAlthough, type AskPorts } from "../../feeds/fetches/asked.ts";
import {
  addFeed,
  changeFeed,
  demandUsable,
  removeFeed,
  type FeedPorts,
  type GivenFeed,
} from "../../feeds/registered/feeds.ts";
import {
  feedNamePattern,
  feedNameSchema,
  feedSchemas,
  passwordSchema,
} from "../../feeds/registered/fields.ts";
import { viewFeed, viewFeeds } from "../../feeds/view.ts";
import { notHere } from "../../problems.ts";
import { json, jsonAnswer, route, type Parameter, type Route } from "../route.ts";
import { day, ref } from "../schema.ts";

/** JSON feeds: what is set on them, and what became of their fetches. */
export function feedRoutes(ports: FeedPorts & Pick<Partial<AskPorts>, "feedAsked">): Route[] {
  const asking = (): AskPorts => {
    const { feedAsked } = ports;
    if (feedAsked === undefined)
      throw notHere({ what: "A JSON feed", instead: "have a scheduled job send its records as hits" });
    return { ...ports, feedAsked };
  };

  return [
    route({
      method: "GET",
      path: "/v1/feeds",
      operation: "listFeeds",
      role: "viewer",
      payloads: "none",
      summary: "The JSON feeds, each with its last fetch",
      answer: jsonAnswer("The feeds, by name", ref("Feeds")),
      problems: [],
      handle: async () => json({ feeds: await viewFeeds(ports) }),
    }),

    route<unknown, unknown, GivenFeed & { name: string; url: string; table: string; zone: string }>({
      method: "POST",
      path: "/v1/feeds",
      operation: "addFeed",
      role: "editor",
      payloads: "none",
      summary: "Adds a JSON feed, which is fetched from then on",
      body: {
        type: "object",
        required: ["name", "url", "table", "zone"],
        properties: { name: feedNameSchema, ...feedSchemas, password: passwordSchema },
        additionalProperties: false,
      },
      sayings,
      answer: jsonAnswer("The feed", ref("Feed"), 201),
      problems: ["feed_there", "feed_refused", "secret_refused", "not_here"],
      async handle({ who, body }) {
        const { feedAsked } = asking();
        await addFeed(ports, who, body);
        await feedAsked();
        return json(await viewFeed(ports, body.name), 201);
      },
    }),

    route<{ name: string }>({
      method: "GET",
      path: "/v1/feeds/{name}",
      operation: "showFeed",
      role: "viewer",
      payloads: "none",
      summary: "One JSON feed, and what became of its fetches",
      parameters: [feedParameter],
      answer: jsonAnswer("The feed", ref("Feed")),
      problems: ["feed_unknown"],
      handle: async ({ path: { name } }) => json(await viewFeed(ports, name)),
    }),

    route<{ name: string }, unknown, GivenFeed>({
      method: "PATCH",
      path: "/v1/feeds/{name}",
      operation: "changeFeed",
      role: "editor",
      payloads: "none",
      summary: "Changes what is set on a JSON feed, for the next fetch",
      parameters: [feedParameter],
      body: {
        type: "object",
        properties: { ...feedSchemas, password: passwordSchema },
        additionalProperties: false,
        minProperties: 1,
      },
      sayings,
      answer: jsonAnswer("The feed", ref("Feed")),
      problems: ["feed_unknown", "feed_refused", "secret_refused", "documents_conflict"],
      async handle({ who, path: { name }, body }) {
        await changeFeed(ports, who, name, body);
        return json(await viewFeed(ports, name));
      },
    }),

    route<{ name: string }>({
      method: "DELETE",
      path: "/v1/feeds/{name}",
      operation: "removeFeed",
      role: "editor",
      payloads: "none",
      summary: "Ends a JSON feed; its table stays",
      parameters: [feedParameter],
      answer: jsonAnswer("It is fetched no more", ref("FeedNamed")),
      problems: ["feed_unknown", "documents_conflict"],
      async handle({ who, path: { name } }) {
        await removeFeed(ports, who, name);
        return json({ name });
      },
    }),

    route<{ name: string }, unknown, { day?: string }>({
      method: "POST",
      path: "/v1/feeds/{name}/fetch",
      operation: "fetchFeed",
      role: "editor",
      payloads: "none",
      summary: "Fetches a JSON feed now; of one with days its last days, or the one that is named",
      parameters: [feedParameter],
      body: { type: "object", properties: { day }, additionalProperties: false },
      answer: jsonAnswer("The feed; what became of the fetch is shown by it later", ref("Feed"), 202),
      problems: ["feed_unknown", "feed_refused", "not_here"],
      async handle({ who, path: { name }, body }) {
        const asked = await askNow(asking(), who, await demandUsable(ports, name), body.day);
        return json({ ...(await viewFeed(ports, name)), asked }, 202);
      },
    }),

    route<{ name: string }>({
      method: "POST",
      path: "/v1/feeds/{name}/take",
      operation: "takeFeed",
      role: "editor",
      payloads: "none",
      summary: "Has the answer of a JSON feed taken although it shrank",
      parameters: [feedParameter],
      answer: jsonAnswer("The feed; it is fetched again", ref("Feed"), 202),
      problems: ["feed_unknown", "feed_refused", "feed_not_waiting", "not_here"],
      async handle({ who, path: { name } }) {
        const asked = await takeAlthough(asking(), who, await demandUsable(ports, name));
        return json({ ...(await viewFeed(ports, name)), asked }, 202);
      },
    }),
  ];
}

const sayings = { password: { secret: true, hint: `allowed is: ${passwordSchema.description}` } };

const feedParameter: Parameter = {
  name: "name",
  in: "path",
  description: "the name of a feed: 1 to 40 small letters, digits and -",
  schema: { type: "string", pattern: feedNamePattern },
};
