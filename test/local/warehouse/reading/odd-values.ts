/** Values of every DuckDB type, nested, with what their JSON must be. Single ones are told by DuckDB's own
 *  texts; what they are nested in is known here. */
import fc from "fast-check";
import { DuckDBInstance } from "@duckdb/node-api";

export interface OddValue {
  readonly sql: string;
  readonly json: unknown;
  /** The types of the single values in it. */
  readonly types: readonly string[];
}

const hostileTexts = [
  "",
  "\ufeff",
  "\ufeffx",
  "\ufeff\ufeffthirteen bytes and more",
  "a\0b",
  "null",
  "NULL",
  "'\"\\",
  "\u2028\r\n\t",
  "__proto__",
  "😀".repeat(5),
  "é".repeat(6),
  "x".repeat(12),
  "x".repeat(13),
  "\uffff",
  "{}",
];

const hostileNames = ["a", "__proto__", "constructor", 'q"q', "\ufeffx", "1", "toJSON", "a b", "ä", "then"];

const stamps = [
  "2024-02-29 10:00:00.123456",
  "1969-12-31 23:59:59.999",
  "infinity",
  "-infinity",
  "1970-01-01 00:00:00",
  "2000-01-01 00:00:00.1",
];
const oldStamps = [
  ...stamps,
  "0001-01-01 00:00:00",
  "0044-03-15 (BC) 12:00:00",
  "0001-12-31 (BC) 00:00:00",
  "12024-06-01 01:02:03",
];
const integers = ["0", "-1", "9007199254740991", "9007199254740992", "-9223372036854775808"];

/** A literal of each type, as a text that is cast. */
const casts: Record<string, readonly string[]> = {
  boolean: ["true", "false"],
  tinyint: ["-128", "127"],
  smallint: ["-32768"],
  integer: ["2147483647", "-1"],
  bigint: [...integers, "9223372036854775807"],
  hugeint: [...integers, "-170141183460469231731687303715884105728"],
  utinyint: ["255"],
  usmallint: ["65535"],
  uinteger: ["4294967295"],
  ubigint: ["18446744073709551615", "1"],
  uhugeint: ["340282366920938463463374607431768211455"],
  bignum: ["123", "-170141183460469231731687303715884105729170141183460469231731687303715884105729"],
  float: ["0.1", "nan", "inf", "-inf", "-0.0", "1e38"],
  double: ["0.1", "nan", "inf", "-inf", "5e-324", "1.7976931348623157e308"],
  "decimal(4,1)": ["1.10", "-999.9"],
  "decimal(9,3)": ["-0.001"],
  "decimal(18,2)": ["1234567890123456.78"],
  "decimal(38,9)": ["12345678901234567890123456789.123456789"],
  date: [
    "2024-02-29",
    "infinity",
    "-infinity",
    "0001-01-01",
    "0001-12-31 (BC)",
    "0044-03-15 (BC)",
    "12024-06-01",
  ],
  time: ["00:00:00", "23:59:59.999999", "24:00:00"],
  time_ns: ["12:00:00.123456789"],
  timetz: ["12:00:00+03:30", "00:00:00-15:59:59"],
  "timestamp without time zone": oldStamps,
  timestamp_s: oldStamps,
  timestamp_ms: oldStamps,
  timestamp_ns: [...stamps, "2262-04-11 23:47:16.854775806"],
  timestamptz: oldStamps.map((text) => (/finity/.test(text) ? text : `${text}+00`)),
  interval: ["1 month 2 days", "-1 month 00:00:01.5", "00:00:00", "14 months"],
  uuid: ["522ed95e-9f07-45f6-a0b7-28bf2d0315e5", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
  bit: ["101", "0"],
  "enum('a', '__proto__', '')": ["a", "__proto__", ""],
};

const literal = (text: string): string => {
  const parts = text.split("\0").map((part) => `'${part.replaceAll("'", "''")}'`);
  return parts.length === 1 ? parts[0]! : `(${parts.join(" || chr(0) || ")})`;
};
const name = (text: string): string => `"${text.replaceAll('"', '""')}"`;

const asNumber = (text: string): unknown => {
  const number = Number(text.replace("inf", "Infinity").replace("nan", "NaN"));
  return Number.isFinite(number) ? number : String(number);
};
const asStamp = (text: string): string => text.replace(/^(\d+-\d\d-\d\d) (?=\d)/, "$1T");

/** What DuckDB's own text of a value is as JSON. */
function jsonOf(type: string, text: string): unknown {
  if (type === "boolean") return text === "true";
  if (type === "float")
    return typeof asNumber(text) === "number" ? Math.fround(Number(text)) : asNumber(text);
  if (type === "double" || /^u?(tiny|small)int$|^u?integer$/.test(type)) return asNumber(text);
  if (/^(u?(big|huge)int|bignum)$/.test(type))
    return Number.isSafeInteger(Number(text)) ? Number(text) : text;
  if (type === "timestamptz" && !text.includes("finity")) {
    const [, day, era = "", time, fraction = ""] = /^(\S+)( \(BC\))? ([\d:]+)(\.\d+)?\+00$/.exec(text)!;
    return `${day}${era}${era === "" ? "T" : " "}${time}.${fraction.slice(1).padEnd(3, "0")}Z`;
  }
  return type.startsWith("timestamp") ? asStamp(text) : text;
}

async function castValues(): Promise<OddValue[]> {
  const instance = await DuckDBInstance.create(":memory:");
  try {
    const connection = await instance.connect();
    await connection.run("set TimeZone = 'UTC'");
    const all = Object.entries(casts).flatMap(([type, texts]) =>
      texts.map((text) => ({ type, sql: `cast(${literal(text)} as ${type})` })),
    );
    const reader = await connection.runAndReadAll(
      `select ${all.map(({ sql }) => `cast(${sql} as varchar)`).join(", ")}`,
    );
    const texts = reader.getRows()[0]!;
    connection.closeSync();
    return all.map(({ type, sql }, index) => ({
      sql,
      types: [type],
      json: jsonOf(type, String(texts[index])),
    }));
  } finally {
    instance.closeSync();
  }
}

function ofOwn(): OddValue[] {
  const bytes = ["", "00", "ff00", "efbbbf", "00112233445566778899aabbccddeeff"];
  return [
    ...hostileTexts.map((text) => ({ sql: literal(text), types: ["varchar"], json: text })),
    ...['{"a": 1}', '"\ufeff"', "[1e400]"].map((text) => ({
      sql: `cast(${literal(text)} as json)`,
      types: ["json"],
      json: text,
    })),
    ...bytes.map((hex) => ({
      sql: `unhex('${hex}')`,
      types: ["blob"],
      json: Buffer.from(hex, "hex").toString("base64"),
    })),
  ];
}

const nested = (sql: string, json: unknown, parts: readonly OddValue[]): OddValue => ({
  sql,
  json,
  types: [...new Set(parts.flatMap(({ types }) => types))],
});
const sqls = (parts: readonly OddValue[]): string => parts.map(({ sql }) => sql).join(", ");
const jsons = (parts: readonly OddValue[]): unknown[] => parts.map(({ json }) => json);

/** One deeper: what holds such values. All values of a list are one with NULLs, since
 *  they must be of one type. */
function around(inner: fc.Arbitrary<OddValue>): fc.Arbitrary<OddValue> {
  const none = (value: OddValue): OddValue => ({
    ...value,
    sql: `case when false then ${value.sql} end`,
    json: null,
  });
  const alike = fc
    .tuple(inner, fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }))
    .map(([value, present]) => present.map((is) => (is ? value : none(value))));
  const several = fc.array(inner, { minLength: 1, maxLength: 4 });
  const names = (count: number) => fc.shuffledSubarray(hostileNames, { minLength: count, maxLength: count });
  const keys = (count: number) => fc.shuffledSubarray(hostileTexts, { minLength: count, maxLength: count });
  return fc.oneof(
    alike.map((parts) => nested(`[${sqls(parts)}]`, jsons(parts), parts)),
    inner.map((value) => nested(`([${value.sql}])[2:1]`, [], [value])),
    inner.map(none),
    alike.map((parts) => nested(`array_value(${sqls(parts)})`, jsons(parts), parts)),
    several.map((parts) => nested(`row(${sqls(parts)})`, jsons(parts), parts)),
    several.chain((parts) =>
      names(parts.length).map((fields) =>
        nested(
          `struct_pack(${parts.map(({ sql }, at) => `${name(fields[at]!)} := ${sql}`).join(", ")})`,
          Object.fromEntries(parts.map(({ json }, at) => [fields[at]!, json])),
          parts,
        ),
      ),
    ),
    alike.chain((parts) =>
      keys(parts.length).map((texts) =>
        nested(
          `map([${texts.map(literal).join(", ")}], [${sqls(parts)}])`,
          parts.map(({ json }, at) => ({ key: texts[at]!, value: json })),
          parts,
        ),
      ),
    ),
    fc
      .tuple(inner, fc.constantFrom(...hostileNames))
      .map(([value, tag]) =>
        nested(`union_value(${name(tag)} := ${value.sql})`, { tag, value: value.json }, [value]),
      ),
  );
}

/** Every single value, then so many that are nested up to three deep. */
export async function oddValues(count: number, seed: number): Promise<OddValue[]> {
  const single = [...(await castValues()), ...ofOwn()];
  const one = fc.constantFrom(...single);
  const two = fc.oneof(one, around(one));
  const three = fc.oneof(two, around(two));
  return [...single, ...fc.sample(around(three), { numRuns: count, seed })];
}
