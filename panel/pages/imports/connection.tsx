import {
  type OfferedBox,
  offerDropBoxes,
  type Place,
  type ToldBox,
} from "../../../functions/import/drop-box/offered.ts";
import { lookSoon } from "../../../functions/import/shared/view.ts";
import type { Problem } from "../../../functions/problem.ts";
import type { Reply } from "../../../functions/request.ts";
import { seeOther } from "../../document.tsx";
import { changeBox } from "../../imports/boxes.ts";
import { Line, Refusal } from "../../parts/notes.tsx";
import { formOf, type Visit } from "../../visit.ts";
import { orShown } from "../settings/page.tsx";
import { addressOf, importPage, shownImport } from "./page.tsx";
import { BucketWay } from "./ways/bucket.tsx";
import { DropBoxWay } from "./ways/drop-box.tsx";
import { HitsWay, streamsOf } from "./ways/hits.tsx";
import { sharedTableOf, TableWay } from "./ways/table.tsx";
import { UploadWay } from "./ways/upload.tsx";

/** Each way on which data comes into an import, with all that its sender needs.
 *  @param told the drop box that has a new password */
export async function connectionPage(
  visit: Visit,
  { failed, told }: { failed?: Problem; told?: ToldBox } = {},
): Promise<Reply> {
  const one = await shownImport(visit);
  const { ports, query, request } = visit;
  const offered = ports.dropBoxes && (await offerDropBoxes(ports).list());
  const streams = await streamsOf(visit, one.name);
  const shared = await sharedTableOf(visit, one);
  const isAsked = request.method !== "POST";
  return importPage(visit, one, {
    tab: "Connection",
    sentence: "The ways on which its data comes, with what whoever sends needs to know.",
    ...(failed !== undefined && { status: failed.status }),
    children: (
      <>
        {failed !== undefined && (
          <Refusal>
            <strong>Nothing was changed.</strong> {failed.message}
          </Refusal>
        )}
        {isAsked && query.has("given") && (
          <Line tone="ok" isStatus>
            <strong>Given.</strong> Its sender goes on as before, and what waited in the drop box is imported.
          </Line>
        )}
        {isAsked && query.has("looked") && (
          <Line tone="ok" isStatus>
            <strong>It is looked at soon.</strong> A day that changed is read once it stays the same.
          </Line>
        )}
        {isAsked && query.has("closed") && (
          <Line tone="ok" isStatus>
            <strong>Closed.</strong> Nobody gets into the drop box any more.
          </Line>
        )}
        {offered !== undefined && (
          <DropBoxWay visit={visit} one={one} {...boxesFor(one.name, offered)} told={told} />
        )}
        {ports.bucket !== undefined && <BucketWay one={one} bucket={ports.bucket} />}
        <TableWay visit={visit} one={one} view={shared} />
        <UploadWay visit={visit} one={one} />
        <HitsWay one={one} streams={streams} />
      </>
    ),
  });
}

/** Has its table looked at, such as after it was granted. */
export async function lookAtTable(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  await lookSoon(visit.ports, one.name);
  await visit.ports.uploads?.arrived();
  return seeOther(addressOf(one.name, "/connection?looked"));
}

/** What the forms about its drop box do. */
export async function changeConnection(visit: Visit): Promise<Reply> {
  const one = await shownImport(visit);
  const form = await formOf(visit);
  return orShown(
    async () => {
      const done = await changeBox(visit, form, one.name);
      if (done.done === "told") return connectionPage(visit, { told: done.told });
      return seeOther(addressOf(one.name, `/connection${done.done === "changed" ? "" : `?${done.done}`}`));
    },
    (failed) => connectionPage(visit, { failed }),
  );
}

/** Its own drop box, or else one that no import has yet. */
function boxesFor(name: string, { boxes, ...place }: Place & { boxes: readonly OfferedBox[] }) {
  return {
    place,
    box: boxes.find((box) => box.import === name),
    free: boxes.find((box) => box.import === undefined),
  };
}
