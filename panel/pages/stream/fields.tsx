import type { ComponentChildren } from "preact";
import { Island } from "../../islands/islands.tsx";
import type { TableFindings } from "../../islands/table-check.tsx";
import { Check } from "../../parts/notes.tsx";
import { Zones } from "../zones.tsx";
import { integrationTypes } from "../../snippets/snippets.ts";
import type { StreamForm } from "../../stream-form.ts";

/** What keeps a form from being saved. */
export interface Fault {
  /** The id of the input. */
  readonly field: string;
  readonly text: string;
}

/** The form of a stream.
 *  @param props.token of the reservation where it is new; else it is one that there is already */
export function StreamFields(props: {
  id: string;
  token?: string;
  form: StreamForm;
  faults: readonly Fault[];
  found?: TableFindings;
  now: number;
}) {
  const { id, form, faults, found, now } = props;
  const isNew = props.token !== undefined;
  const href = `/streams/${id}`;
  return (
    <form class="form" id="stream" method="post" action={isNew ? "/streams/new" : `${href}/settings`}>
      {isNew && <input type="hidden" name="reserved" value={props.token} />}
      {isNew && <Kind />}
      <Name form={form} faults={of("name", faults)} />
      <Destination form={form} faults={of("table", faults)}>
        <Island name="TableCheck" with={{ of: id, initial: form, ...(found !== undefined && { found }) }} />
      </Destination>
      <Day form={form} faults={of("offset", faults)} now={now} />
      {isNew && <Sending form={form} />}
      <Key form={form} faults={of("key", faults)} />
      <div class="actions row">
        <button type="submit" class="btn primary">
          Save
        </button>
        <a class="btn plain" href={isNew ? "/streams" : href}>
          Cancel
        </a>
      </div>
    </form>
  );
}

/** What one field shows: what stands in it, and what is wrong with it. */
interface FieldProps {
  readonly form: StreamForm;
  readonly faults: readonly Fault[];
}

const of = (field: string, faults: readonly Fault[]): Fault[] =>
  faults.filter((fault) => fault.field === field);

const marks = ({ faults }: FieldProps) => (faults.length > 0 ? { "aria-invalid": "true" as const } : {});

function Kind() {
  return (
    <fieldset class="field">
      <legend>Kind</legend>
      <div class="pick">
        <label>
          <input type="radio" name="kind" value="webhook" checked />
          <span>
            Webhook <small>Your CRM calls an address when something changes: at once</small>
          </span>
        </label>
      </div>
      <p class="hint">
        <a href="/feeds/new">JSON feed</a>: your CRM can show its records at an address, and Afterclick
        fetches them each day. <a href="/imports/new">Backend events</a>: your CRM sends a file a day, linked
        to what happened on the website.
      </p>
    </fieldset>
  );
}

function Name(props: FieldProps) {
  const { form, faults } = props;
  return (
    <div class="field">
      <label for="name">
        Name <small>optional</small>
      </label>
      <input
        type="text"
        id="name"
        name="name"
        value={form.name}
        maxLength={80}
        {...(faults.length > 0 && { "aria-describedby": "name-check" })}
        {...marks(props)}
      />
      <Faults id="name-check" faults={faults} />
    </div>
  );
}

/** @param props.children looks at the table while somebody types */
function Destination(props: FieldProps & { children: ComponentChildren }) {
  const { form, faults, children } = props;
  return (
    <div class="field">
      <label for="table">Destination table</label>
      <p class="hint" id="table-hint">
        As <code>dataset.table</code>. It is made by the first hit if it is not there.
      </p>
      <input
        type="text"
        id="table"
        name="table"
        class="mono"
        value={form.table}
        required
        spellcheck={false}
        autocomplete="off"
        autocapitalize="none"
        aria-describedby="table-hint table-check"
        {...marks(props)}
      />
      <div id="table-check" class="stack" aria-live="polite">
        <Faults faults={faults} />
        {children}
        <div class="row needs-none">
          <button type="submit" class="btn small" name="check" value="1">
            Check
          </button>
          <span class="hint">
            Looks at the table, and renews the snippet and the date below. Saves nothing.
          </span>
        </div>
      </div>
    </div>
  );
}

/** Which day a hit belongs to. */
function Day(props: FieldProps & { now: number }) {
  const { form, faults, now } = props;
  return (
    <div class="field">
      <label for="offset">UTC offset</label>
      <p class="hint" id="offset-hint">
        A fixed offset, or a zone that follows summer time. It decides which day a hit belongs to.
      </p>
      <select id="offset" name="offset" aria-describedby="offset-hint offset-check" {...marks(props)}>
        <Zones chosen={form.offset} now={now} />
      </select>
      <Faults faults={faults} />
      <div id="offset-check" class="preview">
        <Island name="OffsetPreview" with={{ initial: form, now }} />
      </div>
    </div>
  );
}

function Key(props: FieldProps) {
  const { form, faults } = props;
  return (
    <details open={form.key !== "" || faults.length > 0}>
      <summary>Advanced</summary>
      <div class="field">
        <label for="key">
          Business key <small>optional</small>
        </label>
        <p class="hint" id="key-hint">
          The field that names the order or lead, such as <code>orderId</code>, for the view of its latest
          state.
        </p>
        <input
          type="text"
          id="key"
          name="key"
          class="mono"
          value={form.key}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="none"
          aria-describedby={faults.length > 0 ? "key-hint key-check" : "key-hint"}
          {...marks(props)}
        />
        <Faults id="key-check" faults={faults} />
      </div>
    </details>
  );
}

/** How its hits are sent: of the snippet alone. */
function Sending({ form }: { form: StreamForm }) {
  return (
    <>
      <div class="field">
        <label for="type">Integration type</label>
        <p class="hint" id="type-hint">
          Changes only the snippet. It can be switched at any time.
        </p>
        <select id="type" name="type" aria-describedby="type-hint">
          <Types chosen={form.type} />
        </select>
      </div>
      <fieldset class="field">
        <legend>Body</legend>
        <div class="pick">
          <label>
            <input type="radio" name="body" value="form" checked={form.body === "form"} />
            <span>
              Form <small>name=value pairs</small>
            </span>
          </label>
          <label>
            <input type="radio" name="body" value="json" checked={form.body === "json"} />
            <span>
              JSON <small>nested, with numbers</small>
            </span>
          </label>
        </div>
      </fieldset>
    </>
  );
}

function Faults({ id, faults }: { id?: string; faults: readonly Fault[] }): ComponentChildren {
  if (faults.length === 0) return null;
  return (
    <div {...(id !== undefined && { id })}>
      {faults.map(({ text }) => (
        <Check key={text} tone="bad">
          {text}
        </Check>
      ))}
    </div>
  );
}

/** The options of a choice of integration types, in their groups. */
export function Types({ chosen }: { chosen: string }) {
  const groups = [...Map.groupBy(integrationTypes, ({ group }) => group)];
  return (
    <>
      {groups.map(([title, types]) => (
        <optgroup key={title} label={title}>
          {types.map(({ type, label }) => (
            <option key={type} value={type} selected={type === chosen}>
              {label}
            </option>
          ))}
        </optgroup>
      ))}
    </>
  );
}
