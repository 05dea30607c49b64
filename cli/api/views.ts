import type { StreamActivity } from "../../functions/activity/read.ts";
import type { ShownHealth } from "../../functions/health/shown.ts";
import type { Look } from "../../functions/streams/looks/look.ts";
import type { StreamDocument } from "../../functions/streams/document.ts";

/** Documents of the admin API, as far as the commands read them. The OpenAPI document holds the whole. */

/** The fields of its document, and what the server says of it. */
export interface StreamView extends Readonly<Partial<StreamDocument>> {
  readonly id: string;
  readonly endpoint?: string;
  /** A line that sends a hit. */
  readonly curl?: string;
  readonly valid?: boolean;
  readonly problems?: readonly string[];
  readonly warnings?: readonly string[];
  readonly reachable?: boolean;
  readonly suggested_id?: string;
  readonly hits?: Look;
  readonly activity?: Omit<StreamActivity, "days" | "stream_ref">;
  readonly health?: Pick<ShownHealth, "badge" | "sentence">;
}

export interface ActivityView extends StreamActivity {
  readonly id: string;
  readonly name?: string;
  readonly dead_letters_waiting: number;
}

export interface LetterView {
  readonly hit_id: string;
  readonly stream_ref: string;
  /** Unix ms. */
  readonly received_at: number;
  readonly date: string;
  readonly reason: string;
  readonly detail: string;
  readonly attempt: number;
  /** Unix ms. */
  readonly at: number;
  readonly state: string;
  readonly bytes: number;
  readonly content_type?: string | null;
  readonly query?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly is_test?: boolean | null;
  readonly kept_apart?: true;
}

export interface HitView {
  readonly hit_id: string;
  readonly state: string;
  readonly rows: readonly {
    readonly table: string;
    readonly row: Readonly<Record<string, unknown>>;
  }[];
  readonly dead_letter?: LetterView;
  readonly queue: string;
  readonly searched: Searched;
  /** Unix ms. */
  readonly oldest_waiting_received_at?: number;
}

export interface Searched {
  readonly tables?: readonly string[];
  readonly dead_letters?: boolean;
  readonly queue?: boolean;
  readonly since?: string;
  /** Tables that could not be searched. */
  readonly skipped?: readonly {
    readonly table: string;
    readonly why: string;
  }[];
}

export interface TailedHit {
  readonly hit_id: string;
  readonly received_at: number;
  readonly bytes: number;
  readonly content_type?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly is_test?: boolean;
  readonly replay?: number;
  readonly preview: string;
  /** Whether it holds what --filter looks for; absent where that could not be looked at. */
  readonly holds?: boolean;
}
