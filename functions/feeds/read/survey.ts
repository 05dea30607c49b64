import { FeedFault } from "../faults.ts";
import { openSplitter, type Format, type Piece } from "./split.ts";
import { merged, parseRecord, typeOf, type FeedType } from "./values.ts";

/** What an answer holds, found in all of its lines. */
export interface Survey {
  readonly rows: number;
  readonly format: Format;
  /** In the order in which they came first. */
  readonly fields: readonly SurveyedField[];
}

export interface SurveyedField {
  readonly field: string;
  /** Undefined where it is null in all records. */
  readonly type: FeedType | undefined;
  /** What it had, where that is more than one type: then it is STRING. */
  readonly mixed?: readonly FeedType[];
}

/** BigQuery takes 10,000 columns; whoever has more fields than this has keys for values. */
export const fieldsMax = 1_000;
/** In UTF-8: all names of a feed stand in one document, which may have 1 MiB. */
const nameBytesMax = 300;

/** @param zone of times that name none
 *  @throws FeedFault; what the bytes throw */
export async function survey(bytes: AsyncIterable<Uint8Array>, zone: string): Promise<Survey> {
  const fields = new Map<string, { type: FeedType | undefined; types: Set<FeedType> }>();
  let rows = 0;
  const format = await eachRecord(bytes, (record) => {
    rows += 1;
    for (const name in record) {
      const type = typeOf(record[name], zone);
      const known = fields.get(name);
      if (known === undefined) {
        if (fields.size >= fieldsMax)
          throw new FeedFault(
            "too_many_fields",
            `The records have more than ${fieldsMax} fields by name. Put what varies into a list or an object.`,
          );
        demandShort(name);
        fields.set(name, { type, types: new Set(type === undefined ? [] : [type]) });
      } else if (type !== undefined && (type !== known.type || !known.types.has(type))) {
        known.types.add(type);
        known.type = known.type === undefined ? type : merged(known.type, type);
      }
    }
  });
  return {
    rows,
    format,
    fields: [...fields].map(([field, { type, types }]) => ({
      field,
      type,
      ...(type === "STRING" && types.size > 1 && { mixed: [...types] }),
    })),
  };
}

/** @throws FeedFault */
function demandShort(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes > nameBytesMax)
    throw new FeedFault(
      "too_many_fields",
      `The name of a field has ${bytes} bytes; allowed are ${nameBytesMax}. Put what varies into a list or an object.`,
    );
}

/** @param take may be awaited, after each chunk
 *  @throws FeedFault; what the bytes throw */
export async function eachRecord(
  bytes: AsyncIterable<Uint8Array>,
  take: (record: Record<string, unknown>) => void,
  afterChunk?: () => Promise<void>,
): Promise<Format> {
  const splitter = openSplitter();
  for await (const chunk of bytes) {
    for (const piece of splitter.push(chunk)) take(recordOf(piece));
    await afterChunk?.();
  }
  return splitter.end();
}

function recordOf({ text, line }: Piece): Record<string, unknown> {
  try {
    return parseRecord(text);
  } catch (error) {
    throw new FeedFault(
      "not_json",
      `The record that begins in line ${line} is no JSON. Allowed is one JSON object a line.`,
      error,
    );
  }
}
