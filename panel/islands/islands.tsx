import type { ComponentType } from "preact";
import { ArrivalsWatch } from "./arrivals.tsx";
import { JobWatch } from "./job.tsx";
import { Live } from "./live.tsx";
import { FormTexts } from "./form-texts.tsx";
import { LookAgain } from "./imports/look-again.tsx";
import { OffsetPreview } from "./offset-preview.tsx";
import { QueryHistory } from "./query-history.tsx";
import { SnippetBox } from "./snippet-box.tsx";
import { TableCheck } from "./table-check.tsx";
import { TestSend } from "./test-send.tsx";
import { Upload } from "./imports/upload.tsx";

/** The parts of pages that go on living in the browser. The server draws them first, so that
 *  they are there without. */
export const islands = {
  ArrivalsWatch,
  FormTexts,
  JobWatch,
  Live,
  LookAgain,
  OffsetPreview,
  QueryHistory,
  SnippetBox,
  TableCheck,
  TestSend,
  Upload,
};
export type IslandName = keyof typeof islands;

type PropsOf<Name extends IslandName> = Parameters<(typeof islands)[Name]>[0];

/** @param props.with is sent along as JSON */
export function Island<Name extends IslandName>(props: { name: Name; with: PropsOf<Name> }) {
  // Name and props fit each other; a union of components does not say so.
  const Drawn = islands[props.name] as unknown as ComponentType<object>;
  return (
    <div data-island={props.name} data-props={JSON.stringify(props.with)}>
      <Drawn {...(props.with as object)} />
    </div>
  );
}
