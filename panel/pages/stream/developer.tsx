import {
  type DeveloperLink,
  lastDeveloperLink,
  makeDeveloperLink,
  withdrawDeveloperLinks,
} from "../../../functions/streams/developer-link.ts";
import { isProblem } from "../../../functions/problem.ts";
import { documentsDown } from "../../../functions/problems.ts";
import type { Reply } from "../../../functions/request.ts";
import { seeOther } from "../../document.tsx";
import { Code, CopyLine } from "../../parts/code.tsx";
import { Block } from "../../parts/frame.tsx";
import { Check, Line } from "../../parts/notes.tsx";
import { Time } from "../../parts/text.tsx";
import { mayEdit } from "../../ports.ts";
import type { ShownStream } from "../../streams.ts";
import { originOf, type Visit } from "../../visit.ts";
import { clockOf } from "./page.tsx";

/** What goes to a developer: a file in any case, a link where one leads somewhere. */

/** What is known of the stream's last link: whether it still opens may not be told just now. */
type Open = DeveloperLink | "none" | "unknown";

/** The link that still opens, for those who may hand it on. */
export async function openLink({ ports, person }: Visit, shown: ShownStream): Promise<Open> {
  if (ports.offersLinks !== true || !mayEdit(person)) return "none";
  try {
    return (await lastDeveloperLink(ports, shown.reading.id)) ?? "none";
  } catch (error) {
    // The rest of the page is as good without it.
    if (isProblem(error, documentsDown)) return "unknown";
    throw error;
  }
}

export async function makeLink({ ports, person, path }: Visit): Promise<Reply> {
  await makeDeveloperLink(ports, person, path["id"]!);
  return seeOther(`/streams/${path["id"]!}?link=made#developer`);
}

export async function withdrawLinks({ ports, person, path }: Visit): Promise<Reply> {
  await withdrawDeveloperLinks(ports, person, path["id"]!);
  return seeOther(`/streams/${path["id"]!}?link=withdrawn#developer`);
}

export function ForDeveloper(props: { visit: Visit; shown: ShownStream; link: Open }) {
  const { visit, shown, link } = props;
  const { ports, person, query } = visit;
  const { id } = shown.reading;
  return (
    <Block id="developer" title="For a developer">
      <p>
        One HTML file with the endpoint, the contract and every snippet. It needs no account, asks nobody for
        anything, and holds no secret but the address.
      </p>
      <div class="row">
        <a class="btn" download href={`/snippets/html?id=${id}&download=1`}>
          Download the file
        </a>
      </div>
      {ports.offersLinks !== true ? (
        <p class="hint">Send this file: nobody opens a page here without an account.</p>
      ) : (
        mayEdit(person) && (
          <>
            {query.get("link") === "withdrawn" && link === "none" && (
              <Line tone="ok" isStatus>
                <strong>Withdrawn.</strong> No link of this stream opens any more.
              </Line>
            )}
            {link === "unknown" && (
              <Check tone="warn">Whether a link is open could not be told just now.</Check>
            )}
            {typeof link === "object" && <OpenLink visit={visit} shown={shown} link={link} />}
            <Buttons id={id} mayMake={shown.view.state !== "closed"} isOpen={link !== "none"} />
            {ports.panelOrigin === undefined && (
              <Check tone="warn">
                The panel is open to this machine alone, and so is a link. Send the file, or set{" "}
                <code>PANEL_URL</code> first.
              </Check>
            )}
            <AsProgram id={id} />
          </>
        )
      )}
    </Block>
  );
}

function OpenLink({ visit, shown, link }: { visit: Visit; shown: ShownStream; link: DeveloperLink }) {
  return (
    <>
      <CopyLine id="developer-link" text={originOf(visit) + link.path} what="link" />
      <p role="status">
        It opens until <Time at={link.until} zone={clockOf(shown)} now={visit.now} />, without an account:
        endpoint, snippets and what arrived, no payloads.
      </p>
    </>
  );
}

function Buttons({ id, mayMake, isOpen }: { id: string; mayMake: boolean; isOpen: boolean }) {
  return (
    <div class="row">
      {mayMake && (
        <form method="post" action={`/streams/${id}/links`}>
          <button class="btn" type="submit">
            {isOpen ? "Make another link" : "Make a link for 7 days"}
          </button>
        </form>
      )}
      {isOpen && (
        <form method="post" action={`/streams/${id}/links/withdraw`}>
          <button class="btn danger" type="submit">
            Withdraw all links of this stream
          </button>
        </form>
      )}
    </div>
  );
}

function AsProgram({ id }: { id: string }) {
  return (
    <>
      <details>
        <summary>Show as API call</summary>
        <Code id="link-api" title="API call">
          {`POST /v1/streams/${id}/developer-links`}
        </Code>
        <p class="hint">
          <code>DELETE</code> withdraws all of them.
        </p>
      </details>
      <details>
        <summary>Show as command line</summary>
        <Code id="link-cli" title="Command line" wraps>
          {`npx afterclick streams link ${id}`}
        </Code>
        <p class="hint">
          <code>--withdraw</code> withdraws all of them. Terraform makes none: a link is no configuration.
        </p>
      </details>
    </>
  );
}
