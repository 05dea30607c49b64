/** What is set on an import about how its files are read. Names are those that people and programs write. */
export interface ImportSettings {
  /** For text that is no UTF-8 and has no byte order mark; undefined: such a file fails. */
  readonly encoding?: Encoding;
  /** How numbers are written; undefined: each file has to prove it. */
  readonly number_format?: NumberFormat;
  /** Accepted beside YYYY-MM-DD. One at most: 03/04 has two meanings. */
  readonly date_format?: DateFormat;
  /** Words that count as an empty cell, compared exactly. */
  readonly null_words: readonly string[];
  /** Whether ids such as 12234.0 are meant as they are. */
  readonly allow_damaged_ids: boolean;
  /** `none`: the first line is a row, and the columns are the five fields in their order. */
  readonly header: "names" | "none";
  /** Whether instants in a column of dates become days of the zone. */
  readonly convert_instants: boolean;
  /** A file with more rejects than the larger of the two fails; 0 in either allows none, 100 % any. */
  readonly reject_rows: number;
  readonly reject_percent: number;
  readonly max_age_days: number;
  /** An IANA zone, or an offset: which day is today. */
  readonly zone: string;
  readonly limits: Limits;
}

export const encodings = [
  "windows-1252",
  "windows-1251",
  "windows-1250",
  "iso-8859-15",
  "shift_jis",
] as const;
export type Encoding = (typeof encodings)[number];

export const numberFormats = ["dot", "comma"] as const;
export type NumberFormat = (typeof numberFormats)[number];

export const dateFormats = ["DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "YYYYMMDD"] as const;
export type DateFormat = (typeof dateFormats)[number];

export interface Limits {
  readonly unpackedBytesMax: number;
  /** Unpacked bytes for each packed one, judged past `ratioFromBytes`: a day of equal rows packs well. */
  readonly ratioMax: number;
  readonly ratioFromBytes: number;
  readonly rowsMax: number;
  readonly recordBytesMax: number;
}

const mebibyte = 1024 * 1024;

/** What holds where nothing is set; the zone is always said. */
export const usualSettings: Omit<ImportSettings, "zone"> = {
  null_words: [],
  allow_damaged_ids: false,
  header: "names",
  convert_instants: false,
  reject_rows: 10,
  reject_percent: 10,
  max_age_days: 400,
  limits: {
    unpackedBytesMax: 512 * mebibyte,
    ratioMax: 100,
    ratioFromBytes: 10 * mebibyte,
    rowsMax: 5_000_000,
    recordBytesMax: mebibyte,
  },
};
