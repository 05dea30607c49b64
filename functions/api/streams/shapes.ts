import { requestRefused } from "../../problems.ts";
import type { Registry } from "../../registry.ts";
import { shapes } from "../../streams/shapes/shapes.ts";
import { type CellTexts, writeShape } from "../../streams/shapes/write.ts";
import type { Datasets } from "../../streams/stream.ts";
import { idParameter } from "../parameters.ts";
import { json, jsonAnswer, route, type Route } from "../route.ts";
import { ref } from "../schema.ts";
import { validStream } from "./valid.ts";

interface ShapePorts extends Datasets {
  registry: Pick<Registry, "list">;
}

/** The shapes in which others take conversions, as SQL for a stream. */
export function shapeRoutes(ports: ShapePorts): Route[] {
  return [
    route({
      method: "GET",
      path: "/v1/shapes",
      operation: "listShapes",
      role: "viewer",
      payloads: "none",
      summary: "The shapes in which others take conversions, and the cells of each",
      answer: jsonAnswer("The shapes", ref("Shapes")),
      problems: [],
      handle: async () =>
        json({
          shapes: shapes.map(({ name, about, source, cells, oneOf }) => ({
            name,
            about,
            source,
            cells: Object.entries(cells).map(([cell, { says, required, usual, constant }]) => ({
              name: cell,
              says,
              required: required === true,
              ...(usual !== undefined && { usual: `the stream's ${usual}` }),
              ...(constant !== undefined && { usual: `=${constant}` }),
            })),
            ...(oneOf !== undefined && { one_of: oneOf }),
          })),
        }),
    }),

    route<{ id: string; shape: string }, unknown, { cells?: CellTexts }>({
      method: "POST",
      path: "/v1/streams/{id}/shapes/{shape}",
      operation: "writeShape",
      role: "viewer",
      payloads: "none",
      isRead: true,
      summary: "The SELECT that gives a stream's records in a shape; it runs on both grounds",
      parameters: [
        idParameter,
        {
          name: "shape",
          in: "path",
          description: "the name of a shape",
          schema: { type: "string", minLength: 1, maxLength: 60 },
        },
      ],
      body: {
        type: "object",
        properties: {
          cells: {
            description: "Where each cell is: a path into the payload, or =text",
            type: "object",
            maxProperties: 50,
            additionalProperties: { type: "string", minLength: 1, maxLength: 500 },
          },
        },
        additionalProperties: false,
      },
      answer: jsonAnswer("The text, with the cells that it knows", ref("Shape")),
      problems: ["stream_unknown", "stream_refused", "registry_down"],
      async handle({ path: { id, shape: name }, body: { cells = {} } }) {
        const shape = shapes.find((one) => one.name === name);
        if (shape === undefined)
          throw requestRefused({
            what: `There is no shape ${JSON.stringify(name)}; allowed are ${shapes.map((one) => one.name).join(", ")}`,
          });
        const stream = validStream(ports, id, await ports.registry.list());
        const { about, source } = shape;
        return json({ shape: name, about, source, ...writeShape(shape, stream, cells) });
      },
    }),
  ];
}
