import type { OfferedBox, Place, ToldBox } from "../../../../functions/import/drop-box/offered.ts";
import type { ImportView } from "../../../../functions/import/registered/imports.ts";
import { reaches } from "../../../../functions/people/person.ts";
import { Facts } from "../../../parts/code.tsx";
import { Block } from "../../../parts/frame.tsx";
import {
  BoxButton,
  BoxKeys,
  Clients,
  Closing,
  NewPassword,
  placeFacts,
} from "../../../parts/imports/drop-box.tsx";
import { Line } from "../../../parts/notes.tsx";
import { counted, Time } from "../../../parts/text.tsx";
import type { Visit } from "../../../visit.ts";
import { addressOf } from "../page.tsx";

/** Files that a sender leaves by SFTP.
 *  @param props.free a drop box that no import has yet
 *  @param props.told the import's own, where it has a new password */
export function DropBoxWay(props: {
  visit: Visit;
  one: ImportView;
  place: Place;
  box: OfferedBox | undefined;
  free: OfferedBox | undefined;
  told: ToldBox | undefined;
}) {
  const { visit, one, place, box, free, told } = props;
  const action = addressOf(one.name, "/connection");
  const mayChange = reaches(visit.person.role, "admin");
  const isClosing = visit.request.method !== "POST" && visit.query.has("close");
  return (
    <Block id="drop-box" title="Drop box (SFTP)">
      {box === undefined ? (
        <NoBox one={one} free={free} mayChange={mayChange} />
      ) : (
        <>
          {mayChange && isClosing && <Closing user={box.user} action={action} back={action} />}
          {told !== undefined && <NewPassword told={told} />}
          <Facts facts={[...placeFacts(place), ...boxFacts(box, one.zone, visit.now)]} />
          {told === undefined && <Clients place={place} user={box.user} />}
          <BoxKeys box={box} action={action} mayChange={mayChange} zone={one.zone} now={visit.now} />
          {mayChange ? <Changing box={box} action={action} /> : <p class="hint">Admins change it.</p>}
        </>
      )}
    </Block>
  );
}

function boxFacts(box: OfferedBox, zone: string, now: number) {
  const { user, waiting, addresses, refused, older_password_until: until, opened_at, opened_by } = box;
  const time = (at: number) => <Time at={at} zone={zone} now={now} />;
  return [
    ["User", <code key="user">{user}</code>],
    [
      "Password",
      until === undefined ? "told once, when it was made" : <>two, the older one until {time(until)}</>,
    ],
    ["Allowed from", addresses.length === 0 ? "everywhere" : addresses.join(", ")],
    ...(refused === undefined
      ? []
      : [
          [
            "Refused last",
            <>
              <code>{refused.address}</code> at {time(refused.at)}, with the right password or key
            </>,
          ] as const,
        ]),
    ["Files that wait", String(waiting)],
    [
      "Opened",
      <>
        {time(opened_at)}, by {opened_by}
      </>,
    ],
  ] as const;
}

function NoBox(props: { one: ImportView; free: OfferedBox | undefined; mayChange: boolean }) {
  const { one, free, mayChange } = props;
  const action = addressOf(one.name, "/connection");
  return (
    <>
      <p>It has no drop box.</p>
      {free !== undefined && <FreeBox one={one} free={free} mayChange={mayChange} />}
      {mayChange && (
        <div class="row">
          <BoxButton action={action} act="open" title="Open a drop box" />
          <span class="hint">Its user and its password are shown then.</span>
        </div>
      )}
    </>
  );
}

/** What arrived before there was an import. */
export function FreeBox(props: { one: ImportView; free: OfferedBox; mayChange: boolean }) {
  const { one, free, mayChange } = props;
  return (
    <Line
      tone={free.waiting > 0 ? "warn" : undefined}
      action={
        mayChange ? (
          <BoxButton
            action={addressOf(one.name, "/connection")}
            user={free.user}
            act="give"
            title={`Give it to ${one.name}`}
            kind="small"
          />
        ) : undefined
      }
    >
      The drop box <code>{free.user}</code> has no import yet, and{" "}
      {free.waiting === 0
        ? "no file waits in it"
        : `${counted(free.waiting, "file")} ${free.waiting === 1 ? "waits" : "wait"} in it`}
      .{!mayChange && " An admin gives it to this one."}
    </Line>
  );
}

function Changing({ box: { user, addresses }, action }: { box: OfferedBox; action: string }) {
  return (
    <>
      <div class="row">
        <BoxButton action={action} user={user} act="password" title="Make a new password" />
        <a class="btn danger" href={`${action}?close`}>
          Close the drop box
        </a>
      </div>
      <ChangeForm
        user={user}
        action={action}
        field="key"
        label="Public key"
        hint="a line of an id_….pub file: ed25519, ecdsa, or RSA of 3072 bits"
        act="add-key"
        title="Add key"
      />
      <ChangeForm
        user={user}
        action={action}
        field="addresses"
        label="Allowed from"
        hint="addresses and networks, such as 192.0.2.0/24, with commas between them; everywhere where there is none"
        value={addresses.join(", ")}
        act="allow"
        title="Save addresses"
      />
    </>
  );
}

/** One field with its button. */
function ChangeForm(props: {
  user: string;
  action: string;
  field: string;
  label: string;
  hint: string;
  value?: string;
  act: string;
  title: string;
}) {
  const { user, action, field, label, hint, value = "", act, title } = props;
  return (
    <form class="stack" method="post" action={action}>
      <input type="hidden" name="user" value={user} />
      <div class="field">
        <label for={field}>
          {label} <small>{hint}</small>
        </label>
        <input
          id={field}
          name={field}
          type="text"
          class="mono"
          autocomplete="off"
          spellcheck={false}
          value={value}
        />
      </div>
      <div class="row">
        <button type="submit" class="btn" name="act" value={act}>
          {title}
        </button>
      </div>
    </form>
  );
}
