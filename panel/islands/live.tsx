import { useRef, useState } from "preact/hooks";
import { filterCharactersMax } from "../../functions/hits/filter.ts";
import type { TailedHit } from "../../functions/hits/tail.ts";
import { Badge, Tag } from "../parts/badge.tsx";
import { Code } from "../parts/code.tsx";
import { Spine, Step } from "../parts/spine.tsx";
import { Column, Table } from "../parts/table.tsx";
import { count, counted, Time } from "../parts/text.tsx";
import { type Following, hitsMax } from "../hits/following.ts";
import { useFollowing } from "./follow.ts";
import { isSought, shows } from "../hits/matches.ts";

interface LiveProps {
  readonly id: string;
  readonly zone: string;
  readonly q: string;
  readonly curl?: string;
  readonly lastAt?: number;
  /** Of today, about; absent where it could not be told. */
  readonly refused?: number;
  readonly seesPayloads: boolean;
}

/** Looking alive while delivering nothing is what people dread: the server's heartbeat comes every 10 s. */
const silentMs = 25_000;
const quietMs = 30_000;

export function Live(props: LiveProps) {
  const [isPaused, setPaused] = useState(false);
  const [q, setQ] = useState(props.q);
  // The server says of each hit whether it holds this, to those who may know what hits hold.
  const sought = props.seesPayloads ? q : "";
  const { seen, now, isOver, again } = useFollowing(props.id, sought);
  // What came while it was paused is there at once afterwards: pausing stops the eye alone.
  const frozen = useRef<Following | undefined>(undefined);

  const shown = isPaused ? (frozen.current ?? seen) : seen;
  const matching = shown.hits.filter((hit) => shows(hit, q));
  const filter = (text: string) => {
    setQ(text);
    // The address says what is shown, so that it can be handed on.
    history.replaceState(null, "", text === "" ? location.pathname : `?${new URLSearchParams({ q: text })}`);
  };
  return (
    <div class="stack">
      <LiveStatus
        seen={seen}
        now={now}
        zone={props.zone}
        isPaused={isPaused}
        isOver={isOver}
        fresh={seen.total - (frozen.current?.total ?? 0)}
        toggle={() => {
          if (isOver) again();
          else {
            frozen.current = seen;
            setPaused(!isPaused);
          }
        }}
      />
      <FilterBox q={q} seesPayloads={props.seesPayloads} filter={filter} />
      {q !== "" && seen.total > 0 && (
        <Shown shown={shown} matching={matching.length} q={q} seesPayloads={props.seesPayloads} />
      )}
      {!props.seesPayloads && (
        <p class="hint">What hits hold is for those who may see payloads; an admin can allow it.</p>
      )}
      {matching.length > 0 ? (
        <>
          <Hits hits={matching} zone={props.zone} now={now} />
          <p class="hint">At most {hitsMax} are shown here, the newest; all are stored.</p>
        </>
      ) : seen.total > 0 ? (
        <div class="line">
          <p>No hit of these matches “{q}”.</p>
          <button class="btn small" type="button" onClick={() => filter("")}>
            Clear the filter
          </button>
        </div>
      ) : (
        <NothingLive {...props} isLong={seen.since !== undefined && now - seen.since > quietMs} now={now} />
      )}
    </div>
  );
}

function FilterBox({
  q,
  seesPayloads,
  filter,
}: {
  q: string;
  seesPayloads: boolean;
  filter: (text: string) => void;
}) {
  return (
    <form class="filter" role="search" aria-label="Filter hits" onSubmit={(event) => event.preventDefault()}>
      <div class="field grow">
        <label for="q">
          Text in the hit_id
          {seesPayloads && ", the payload, the query or the headers; or field=value"}
        </label>
        <input
          id="q"
          name="q"
          type="search"
          autocomplete="off"
          maxLength={filterCharactersMax}
          value={q}
          onInput={({ currentTarget }) => filter(currentTarget.value)}
        />
      </div>
    </form>
  );
}

/** How many of the hits are shown, and what was looked at. */
function Shown(props: { shown: Following; matching: number; q: string; seesPayloads: boolean }) {
  const { shown, matching, q, seesPayloads } = props;
  const unsought = shown.hits.filter((hit) => !isSought(hit, q)).length;
  return (
    <p class="hint">
      Showing {count(matching)} of {counted(shown.total, "hit")}.
      {seesPayloads && " Of a payload over 1 MiB, the first 1 MiB is looked at."}
      {seesPayloads &&
        unsought > 0 &&
        ` Of ${counted(unsought, "hit")} that came before you typed this, or whose payload is kept no longer, the first 120 bytes.`}
    </p>
  );
}

/** Whether it is alive: said in words, and by a server that beats. */
export function LiveStatus(props: {
  seen: Following;
  now: number;
  zone: string;
  isPaused: boolean;
  isOver: boolean;
  fresh: number;
  toggle: () => void;
}) {
  const { seen, now, zone, isPaused, isOver } = props;
  const { since, beatAt, tries, total, leftOut } = seen;
  const isSilent = beatAt !== undefined && now - beatAt > silentMs;
  const ago = (at: number) => `${Math.max(0, Math.round((now - at) / 1_000))} s`;
  const beat = beatAt === undefined ? "" : ` Heartbeat ${ago(beatAt)} ago.`;
  const kind =
    isOver || isPaused ? "quiet" : tries > 0 || isSilent ? "bad" : since === undefined ? "quiet" : "";
  return (
    <div class={`line ${kind}`.trim()} role="status">
      {!isOver && <span class={kind === "" ? "pulse ok" : "pulse"} />}
      {isOver ? (
        <p>
          <strong>Stopped</strong> after 15 min. Hits go on being stored.
        </p>
      ) : isPaused ? (
        <p>
          <strong>Paused</strong>, {count(props.fresh)} new. Hits go on being stored.
        </p>
      ) : tries > 0 ? (
        <p>
          <strong>Reconnecting</strong> (try {tries}). What arrives meanwhile is stored and will be added.
        </p>
      ) : since === undefined ? (
        <p>Connecting…</p>
      ) : (
        <p>
          <strong>{isSilent ? "No heartbeat" : "Live"}</strong> since{" "}
          <Time at={since} zone={zone} now={now} />.{beat} {counted(total, "hit")}
          {leftOut > 0 && `, ${count(leftOut)} more stored and not shown`}.
        </p>
      )}
      <div>
        <button class="btn small" type="button" onClick={props.toggle}>
          {isOver || isPaused ? "Continue" : "Pause"}
        </button>
      </div>
    </div>
  );
}

function Hits({ hits, zone, now }: { hits: readonly TailedHit[]; zone: string; now: number }) {
  return (
    <Table
      id="tail-t"
      kind="cards"
      caption="Hits, newest first"
      head={
        <>
          <Column>Time</Column>
          <Column>Result</Column>
          <Column>hit_id</Column>
          <Column class="n w2">Size</Column>
          <Column>First bytes</Column>
        </>
      }
    >
      {hits.map((hit) => (
        <tr key={`${hit.hit_id} ${hit.received_at} ${hit.replay ?? 0}`}>
          <th scope="row" class="t mono">
            <Time at={hit.received_at} zone={zone} now={now} exact />
          </th>
          <td class="t">
            <Badge tone="ok" symbol="ok">
              Stored
            </Badge>{" "}
            {hit.is_test === true && <Tag>test</Tag>}
          </td>
          <td class="t" data-label="hit_id">
            <a class="mono" href={`/find?q=${hit.hit_id}`} title={hit.hit_id}>
              <span class="vh">Open hit </span>
              {hit.hit_id.slice(0, 8)}
            </a>
          </td>
          <td class="n w2">{size(hit.bytes)}</td>
          <td class="clip">
            {hit.preview === undefined ? (
              <span class="none">not shown to you</span>
            ) : hit.preview === "" ? (
              <span class="none">empty</span>
            ) : (
              <code dir="auto">{hit.preview}</code>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** What may be wrong where nothing comes. */
export function NothingLive(props: Omit<LiveProps, "seesPayloads"> & { isLong: boolean; now: number }) {
  const { id, zone, curl, lastAt, refused, isLong, now } = props;
  if (!isLong) return <p class="hint">Hits show here as they arrive, the newest first.</p>;
  return (
    <section class="card" aria-labelledby="quiet-h">
      <header>
        <h2 id="quiet-h">Nothing has reached this endpoint since you opened the page</h2>
      </header>
      <div>
        <Spine>
          <Step tone={refused === undefined ? "quiet" : refused > 0 ? "warn" : "ok"}>
            Refused requests of this stream today, when you opened the page:{" "}
            {refused === undefined ? (
              "not known"
            ) : refused === 0 ? (
              "none"
            ) : (
              <a href={`/streams/${id}/problems`}>about {count(refused)}</a>
            )}
          </Step>
          <Step tone={lastAt === undefined ? "warn" : "ok"}>
            Last hit in the last 14 days:{" "}
            {lastAt === undefined ? "none" : <Time at={lastAt} zone={zone} now={now} />}
          </Step>
          <Step tone="quiet">
            <a href={`/streams/${id}#test-h`}>Send a test</a>: it shows whether the way to the table is free
          </Step>
          <Step tone="quiet">
            Compare the address that the sender calls with the one on Setup, letter by letter: requests to
            another address are kept nowhere
          </Step>
        </Spine>
      </div>
      {curl !== undefined && (
        <Code id="live-curl" title="Or call it yourself" wraps>
          {curl}
        </Code>
      )}
    </section>
  );
}
