/** What only the whole file tells, before the first row is judged: how it writes numbers,
 *  and which names it knows. */
import { openVote, type FoundFormat } from "./fields/number-format.ts";
import { readNames } from "./fields/reference.ts";
import { copied, hasControl, trimmed } from "./fields/text.ts";
import type { ImportSettings } from "./settings.ts";
import type { Table } from "./table.ts";

export interface ValueSurvey {
  readonly format: FoundFormat | undefined;
  /** The value that proves it. */
  readonly proof: { readonly text: string; readonly where: string } | undefined;
  readonly rows: number;
  /** All names in reference_ev: an id that is one of them is a cell that moved. */
  readonly names: ReadonlySet<string>;
  readonly hints: readonly string[];
}

const namesMax = 10_000;
/** Ten names of 64 characters, and room for what stands around them. */
const listCharactersMax = 1000;
/** Words for nothing that programs write; which of them mean nothing here, somebody has to say. */
const nothings = new Set(["NULL", "null", "\\N", "nan", "None", "N/A", "#N/A"]);
const nothingsShareMax = 0.01;

/** @throws quote_not_closed, record_too_long, encoding_unknown */
export async function surveyValues(table: Table, settings: ImportSettings): Promise<ValueSurvey> {
  const nullWords = new Set(settings.null_words);
  const vote = openVote();
  const lists = new Set<string>();
  const names = new Set<string>();
  let rows = 0;
  let nothingIds = 0;
  let nans = 0;
  const plain = (cell: string) => {
    const text = trimmed(cell);
    return nullWords.has(text) ? "" : text;
  };
  await table.read({
    row([, , list, id, value], place) {
      rows += 1;
      if (lists.size < namesMax && list.length <= listCharactersMax && !lists.has(list)) {
        const own = copied(list);
        lists.add(own);
        for (const name of readNames(plain(own)).names) if (names.size < namesMax) names.add(name);
      }
      if (nothings.has(plain(id))) nothingIds += 1;
      const text = plain(value);
      if (text === "") return;
      if (/^nan$/i.test(text)) nans += 1;
      if (table.valuesAreText && !hasControl(text)) vote.hear(text, place);
    },
    bad() {
      rows += 1;
    },
    blankRow() {},
    pause() {},
  });
  const hints = [
    ...(nothingIds > rows * nothingsShareMax
      ? [
          `${nothingIds} ids are a word for nothing, such as NULL: list it under the NULL words of the import.`,
        ]
      : []),
    ...(nans > 0 ? ["NaN stands for no value? List it under the NULL words of the import."] : []),
    ...mixedHint(vote.proofs, settings.number_format === undefined),
  ];
  const format = vote.result() && (settings.number_format ?? vote.result());
  const proof = format === "dot" || format === "comma" ? vote.proofs[format] : undefined;
  return { format, proof, rows, names, hints };
}

function mixedHint({ dot, comma }: ReturnType<typeof openVote>["proofs"], isOpen: boolean): string[] {
  if (!isOpen || dot === undefined || comma === undefined) return [];
  return [
    `Two number formats are in the file: "${dot.text.slice(0, 40)}" in ${dot.where} and "${comma.text.slice(0, 40)}" in ${comma.where}. ` +
      "Correct one of them, or set the number format of the import.",
  ];
}
