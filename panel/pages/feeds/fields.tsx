import { Problem, isProblem } from "../../../functions/problem.ts";
import { feedRefused } from "../../../functions/problems.ts";
import { feedDaysMax, type FeedFields, usualFeed } from "../../../functions/feeds/registered/fields.ts";
import type { GivenFeed } from "../../../functions/feeds/registered/feeds.ts";
import type { FieldFault } from "../../../functions/import/registered/given.ts";
import { Field } from "../imports/fields.tsx";
import { Zones } from "../zones.tsx";

/** The form of a feed, and what was typed into it. */
export interface FeedForm {
  readonly name: string;
  readonly url: string;
  readonly table: string;
  readonly zone: string;
  readonly partitioned: boolean;
  readonly days: string;
  readonly user: string;
  /** Never shown again. */
  readonly password: string;
  readonly key: string;
  readonly updated: string;
}

export function feedFormOf(sent: URLSearchParams, usual: Partial<FeedFields> = {}): FeedForm {
  const text = (name: keyof FeedFields, otherwise = "") =>
    (sent.get(name) ?? String(usual[name] ?? otherwise)).trim();
  return {
    name: (sent.get("name") ?? "").trim(),
    url: text("url"),
    table: text("table"),
    zone: text("zone", "UTC"),
    partitioned: sent.has("partitioned") ? sent.get("partitioned") === "true" : (usual.partitioned ?? false),
    days: text("days", String(usualFeed.days)),
    user: text("user"),
    password: sent.get("password") ?? "",
    key: text("key"),
    updated: text("updated"),
  };
}

/** As the feed takes it. What cannot be a number stays as it was typed, and is refused. */
export function givenBy(form: FeedForm): GivenFeed & { url: string; table: string; zone: string } {
  const { name: _name, password, days, user, key, updated, ...fields } = form;
  return {
    ...fields,
    days: (/^\d{1,6}$/.test(days) ? Number(days) : days) as number,
    user: user || null,
    key: key || null,
    updated: updated || null,
    ...(password !== "" && { password }),
  };
}

const fields = ["name", "url", "table", "zone", "partitioned", "days", "user", "key", "updated"] as const;

/** What keeps the form from being saved, each at its field. @throws what is no fault of the form */
export function feedFaults(error: unknown): FieldFault[] {
  if (!(error instanceof Problem) || error.status >= 500) throw error;
  const said = isProblem(error, feedRefused) ? error.facts.problems : [error.message];
  return said.map((text) => ({
    field:
      fields.find((name) => text.startsWith(`${name} `)) ?? (isProblem(error, feedRefused) ? "url" : "name"),
    text: /[.]$/.test(text) ? text : `${text}.`,
  }));
}

interface Props {
  readonly form: FeedForm;
  readonly faults: readonly FieldFault[];
}

/** @param props.isNew whether its name, and whether it has days, may still be chosen */
export function FeedFieldset(props: Props & { now: number; isNew: boolean; hasPassword: boolean }) {
  const { form, faults, now, isNew, hasPassword } = props;
  return (
    <>
      {isNew && (
        <Text
          {...props}
          name="name"
          label="Name"
          hint="1 to 40 small letters, digits and hyphens; it stays."
        />
      )}
      <Text
        {...props}
        name="url"
        label="Feed URL"
        hint="It answers one JSON object a line. Protect it with a user and a password."
      />
      <Text
        {...props}
        name="table"
        label="Destination table"
        hint="The feed makes it: table, or dataset.table."
      />
      <Field name="zone" label="Time zone" faults={faults} hint="Which day is today, and when one is over.">
        {(marks) => (
          <select id="zone" name="zone" {...marks}>
            <Zones chosen={form.zone} now={now} />
          </select>
        )}
      </Field>
      {isNew && <Partitioned form={form} />}
      <Text
        {...props}
        name="days"
        label="Days that are fetched again"
        hint={`Of a table of days: so many that are over, each day, 1 to ${feedDaysMax}.`}
      />
      <Text {...props} name="user" label="User" hint="Who signs in at the server; empty for nobody." />
      <Field
        name="password"
        label="Password"
        faults={faults}
        hint={
          hasPassword
            ? "It is kept, and shown to nobody. Empty: it stays."
            : "It is kept, and shown to nobody."
        }
      >
        {(marks) => (
          <input
            type="password"
            id="password"
            name="password"
            autocomplete="off"
            maxLength={1_000}
            {...marks}
          />
        )}
      </Field>
      <Text
        {...props}
        name="key"
        label="Key"
        hint="The field that names a record, such as orderId: makes a view with one row a record."
      />
      <Text
        {...props}
        name="updated"
        label="Updated"
        hint="The field that says which version of a record is the latest."
      />
    </>
  );
}

function Partitioned({ form }: { form: FeedForm }) {
  return (
    <fieldset class="field">
      <legend>Partition by date</legend>
      <div class="pick">
        <label>
          <input type="radio" name="partitioned" value="false" checked={!form.partitioned} />
          <span>
            Off <small>Once a day the answer takes the place of the whole table</small>
          </span>
        </label>
        <label>
          <input type="radio" name="partitioned" value="true" checked={form.partitioned} />
          <span>
            On <small>Each day is asked for by itself, with ?date=YYYYMMDD, and kept</small>
          </span>
        </label>
      </div>
    </fieldset>
  );
}

function Text(
  props: Props & { name: Exclude<keyof FeedForm, "partitioned" | "password">; label: string; hint: string },
) {
  const { form, faults, name, label, hint } = props;
  return (
    <Field name={name} label={label} faults={faults} hint={hint}>
      {(marks) => (
        <input
          type="text"
          id={name}
          name={name}
          class="mono"
          value={form[name]}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="none"
          {...marks}
        />
      )}
    </Field>
  );
}
