import type { ImportView } from "../../../../functions/import/registered/imports.ts";
import { Code } from "../../../parts/code.tsx";
import { Block } from "../../../parts/frame.tsx";
import { Line } from "../../../parts/notes.tsx";
import { mayEdit } from "../../../ports.ts";
import { originOf, type Visit } from "../../../visit.ts";
import { addressOf } from "../page.tsx";

/** Files that somebody sends from the panel, from a command line or by the API. */
export function UploadWay({ visit, one }: { visit: Visit; one: ImportView }) {
  const { ports, person } = visit;
  if (ports.uploads === undefined)
    return (
      <Block id="upload" title="Upload">
        <Line>Files cannot be sent here.</Line>
      </Block>
    );
  const origin = originOf(visit);
  const name = "backend_2026-11-20.csv";
  const bearer = person.how === "machine" ? "" : ` \\\n  -H "Authorization: Bearer $AFTERCLICK_TOKEN"`;
  return (
    <Block id="upload" title="Upload">
      <p>
        {mayEdit(person) ? (
          <>
            By hand, <a href={`${addressOf(one.name)}#upload`}>from this panel</a>, or by a program:
          </>
        ) : (
          "Editors send files from this panel, or by a program:"
        )}
      </p>
      <Code id="upload-cli" title="Command line" wraps>
        {`npx afterclick imports upload ${one.name} ${name} --url ${origin}`}
      </Code>
      <Code id="upload-api" title="API" wraps>
        {`curl --fail-with-body --data-binary @${name} -H "Content-Type: application/octet-stream"${bearer} \\\n  "${origin}/v1/imports/${one.name}/files?file=${name}"`}
      </Code>
      {person.how !== "machine" && (
        <p class="hint">
          <code>AFTERCLICK_TOKEN</code> is a token of <a href="/settings/tokens">Settings, API tokens</a>,
          with the role editor.
        </p>
      )}
      {ports.bucket !== undefined && (
        <p class="hint">
          A request takes 32 MiB here. Larger files come in parts: the command line and this panel send them
          so.
        </p>
      )}
    </Block>
  );
}
