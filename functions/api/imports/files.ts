import type { KeptFiles } from "../../files.ts";
import {
  importAnyway,
  readAgain,
  receiveFile,
  removeFile,
  uploadBytesMax,
} from "../../import/load/arrivals.ts";
import type { FilePorts } from "../../import/load/files.ts";
import { rejectedCsv } from "../../import/load/rejected.ts";
import {
  type Announced,
  beginUpload,
  giveUpUpload,
  listUploads,
  partBytesMax,
  sendPart,
} from "../../import/load/uploads/uploads.ts";
import { findImport } from "../../import/registered/imports.ts";
import { arrivedView, listFiles, lookAtFile, withoutContent } from "../../import/load/views.ts";
import type { AuditPorts } from "../../people/audit.ts";
import { notHere } from "../../problems.ts";
import { pageParameters } from "../parameters.ts";
import { json, jsonAnswer, type Parameter, route, type Route } from "../route.ts";
import { ref } from "../schema.ts";
import { importParameter } from "./imports.ts";

interface ImportFilePorts extends AuditPorts, FilePorts {
  /** Where files can arrive. */
  readonly uploads?: { readonly keptFiles: KeptFiles; readonly arrived: () => unknown };
}

const fileName = {
  description: "what the file is called: 1 to 255 characters; the same name again is the next version of it",
  type: "string",
  minLength: 1,
  maxLength: 255,
  pattern: "^[^\\u0000-\\u001f\\u007f]+$",
} as const;

/** Files of imports: sent, and what became of them. */
export function importFileRoutes(ports: ImportFilePorts): Route[] {
  const receiving = () => {
    if (ports.uploads === undefined)
      throw notHere({
        what: "Sending files of backend events",
        instead: "check them with afterclick imports check",
      });
    return { ...ports, ...ports.uploads };
  };

  return [
    route<{ name: string }, { file: string }>({
      method: "POST",
      path: "/v1/imports/{name}/files",
      operation: "uploadImportFile",
      role: "editor",
      payloads: "none",
      summary: "Sends a file of backend events; it is read soon after, and the file says what became of it",
      parameters: [
        importParameter,
        {
          name: "file",
          in: "query",
          description: fileName.description,
          schema: { ...fileName, default: "" },
        },
      ],
      fileBytesMax: uploadBytesMax,
      answer: jsonAnswer("The file, as it arrived", ref("ImportFile"), 202),
      problems: ["not_here", "import_unknown", "files_down", "documents_conflict"],
      handle: async ({ who, path: { name }, query, file }) =>
        json(
          arrivedView(
            await receiveFile(receiving(), who, { importName: name, name: query.file, bytes: file() }),
          ),
          202,
        ),
    }),

    route<{ name: string }, unknown, Announced>({
      method: "POST",
      path: "/v1/imports/{name}/uploads",
      operation: "beginUpload",
      role: "editor",
      payloads: "none",
      summary: "Begins to send a file in parts, or says how far the same one is: it goes on there",
      parameters: [importParameter],
      body: {
        type: "object",
        required: ["file", "bytes"],
        properties: {
          file: fileName,
          bytes: {
            description: `how many it has, 1 to ${uploadBytesMax}`,
            type: "integer",
            minimum: 1,
            maximum: uploadBytesMax,
          },
          modified: {
            description: "when it was changed last, in ms since 1970: a file that was changed is another one",
            type: "integer",
            minimum: 0,
            maximum: Number.MAX_SAFE_INTEGER,
          },
        },
        additionalProperties: false,
      },
      answer: jsonAnswer("How far it is", ref("Upload")),
      problems: ["not_here", "import_unknown", "uploads_full", "documents_conflict"],
      handle: async ({ who, path: { name }, body }) => json(await beginUpload(receiving(), who, name, body)),
    }),

    route<{ name: string }>({
      method: "GET",
      path: "/v1/imports/{name}/uploads",
      operation: "listUploads",
      role: "editor",
      payloads: "none",
      summary: "The files that you began to send to an import and that are not whole yet",
      parameters: [importParameter],
      answer: jsonAnswer("How far each is", ref("Uploads")),
      problems: ["not_here", "import_unknown"],
      async handle({ who, path: { name } }) {
        await findImport(receiving(), name);
        return json({ uploads: await listUploads(ports, name, who) });
      },
    }),

    route<{ name: string; upload_id: string }>({
      method: "DELETE",
      path: "/v1/imports/{name}/uploads/{upload_id}",
      operation: "giveUpUpload",
      role: "editor",
      payloads: "none",
      summary: "Gives a file up that is not whole yet; what is here of it is removed",
      parameters: [importParameter, uploadParameter],
      answer: jsonAnswer("Which upload is given up", ref("UploadNamed")),
      problems: ["not_here", "files_down"],
      async handle({ who, path: { name, upload_id } }) {
        await giveUpUpload(receiving(), who, name, upload_id);
        return json({ upload_id });
      },
    }),

    route<{ name: string; upload_id: string }, { from: number }>({
      method: "POST",
      path: "/v1/imports/{name}/uploads/{upload_id}/parts",
      operation: "sendPart",
      role: "editor",
      payloads: "none",
      summary: "Sends the part that begins where the last one ended; with the last one the file has arrived",
      parameters: [
        importParameter,
        uploadParameter,
        {
          name: "from",
          in: "query",
          description: "the byte of the file with which the part begins, from 0",
          schema: { type: "integer", minimum: 0, maximum: uploadBytesMax, default: 0 },
        },
      ],
      fileBytesMax: partBytesMax,
      answer: jsonAnswer("How far it is; with file_id once all of it is here", ref("Upload")),
      problems: ["not_here", "upload_unknown", "part_elsewhere", "files_down", "documents_conflict"],
      handle: async ({ who, path: { name, upload_id: uploadId }, query: { from }, file }) =>
        json(await sendPart(receiving(), who, name, { uploadId, from, bytes: file() })),
    }),

    route<{ name: string }, { limit: number; after?: string }>({
      method: "GET",
      path: "/v1/imports/{name}/files",
      operation: "listImportFiles",
      role: "viewer",
      payloads: "part",
      summary: "The files of an import and what became of each, the newest first",
      parameters: [
        importParameter,
        ...pageParameters("the id of the last file of the page before", fileIdPattern, 100),
      ],
      answer: jsonAnswer("The files", ref("ImportFiles")),
      problems: ["import_unknown", ...reading],
      async handle({ who, path: { name }, query }) {
        const { files, ...more } = await listFiles(ports, name, query);
        return json({ files: who.seesPayloads ? files : files.map(withoutContent), ...more });
      },
    }),

    route<{ name: string; file_id: string }>({
      method: "GET",
      path: "/v1/imports/{name}/files/{file_id}",
      operation: "showImportFile",
      role: "viewer",
      payloads: "part",
      summary: "One file, and what became of it",
      parameters: [importParameter, fileParameter],
      answer: jsonAnswer("The file", ref("ImportFile")),
      problems: ["import_file_unknown", ...reading],
      async handle({ who, path: { name, file_id } }) {
        const file = await lookAtFile(ports, name, file_id);
        return json(who.seesPayloads ? file : withoutContent(file));
      },
    }),

    route<{ name: string; file_id: string }>({
      method: "GET",
      path: "/v1/imports/{name}/files/{file_id}/rejects",
      operation: "listRejectedRows",
      role: "viewer",
      payloads: "whole",
      summary: "The bad rows of a file as CSV: its own columns, then _line, _column and _reason",
      parameters: [importParameter, fileParameter],
      answer: { status: 200, description: "The rows", content: { "text/csv": { type: "string" } } },
      problems: ["import_file_unknown", ...reading],
      async handle({ path: { name, file_id } }) {
        const headers = { "content-type": "text/csv; charset=utf-8", "cache-control": "no-store" };
        return { status: 200, headers, body: await rejectedCsv(ports, name, file_id) };
      },
    }),

    route<{ name: string; file_id: string }>({
      method: "POST",
      path: "/v1/imports/{name}/files/{file_id}/again",
      operation: "readImportFileAgain",
      role: "editor",
      payloads: "none",
      summary: "Has a file read again that failed, under what is set on the import now",
      parameters: [importParameter, fileParameter],
      answer: jsonAnswer("The file, which is read again", ref("ImportFile"), 202),
      problems: [
        "not_here",
        "import_file_unknown",
        "file_not_failed",
        "file_not_waiting",
        "documents_conflict",
        ...reading,
      ],
      handle: async ({ who, path: { name, file_id } }) =>
        json(arrivedView(await readAgain(receiving(), who, { importName: name, fileId: file_id })), 202),
    }),

    route<{ name: string; file_id: string }>({
      method: "POST",
      path: "/v1/imports/{name}/files/{file_id}/anyway",
      operation: "importFileAnyway",
      role: "admin",
      payloads: "none",
      summary: "Has a file imported that failed for its bad rows, without them, or one that waits",
      parameters: [importParameter, fileParameter],
      answer: jsonAnswer("The file, which is read again", ref("ImportFile"), 202),
      problems: ["not_here", "import_file_unknown", "file_not_waiting", "documents_conflict", ...reading],
      handle: async ({ who, path: { name, file_id } }) =>
        json(arrivedView(await importAnyway(receiving(), who, { importName: name, fileId: file_id })), 202),
    }),

    route<{ name: string; file_id: string }>({
      method: "DELETE",
      path: "/v1/imports/{name}/files/{file_id}",
      operation: "removeImportFile",
      role: "editor",
      payloads: "none",
      summary: "Takes the rows of a file away, and puts back what it took the place of",
      parameters: [importParameter, fileParameter],
      answer: jsonAnswer("The file, whose rows go soon after", ref("ImportFile"), 202),
      problems: ["not_here", "import_file_unknown", "file_not_imported", "documents_conflict", ...reading],
      handle: async ({ who, path: { name, file_id } }) =>
        json(arrivedView(await removeFile(receiving(), who, { importName: name, fileId: file_id })), 202),
    }),
  ];
}

const fileIdPattern = "^\\d{14}-[0-9a-f]{16}$";
const reading = ["warehouse_down", "dataset_missing", "table_forbidden"];

const uploadParameter: Parameter = {
  name: "upload_id",
  in: "path",
  description: "the id of the upload, 32 hex digits",
  schema: { type: "string", pattern: "^[0-9a-f]{32}$" },
};

const fileParameter: Parameter = {
  name: "file_id",
  in: "path",
  description: "the id of the file, 14 digits - 16 hex digits",
  schema: { type: "string", pattern: fileIdPattern },
};
