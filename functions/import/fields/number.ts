/** Numbers as people and programs write them, read exactly: a decimal of nine digits behind its mark, as the
 *  warehouse's NUMERIC(38, 9) has them. */
import type { NumberFormat } from "../settings.ts";
import type { RejectCode } from "../rejects.ts";

export type NumberReading =
  /** Without zeros at its end; `rounded`: it had more than nine decimals. */
  { readonly decimal: string; readonly rounded: boolean } | { readonly fault: RejectCode };

const sign = "[+\\-\\u2212]?";
const forms = { dot: form("\\.", ","), comma: form(",", "\\.") };

/** A group of three never begins with a zero, so that 0.125 has one meaning; one kind of mark within a
 *  number; no marks beside an exponent. */
function form(decimal: string, group: string): RegExp {
  const groups = `[1-9]\\d{0,2}(?:(?<mark>[ \\u00a0\\u202f\\u2009'\\u2019${group}])\\d{3}(?:\\k<mark>\\d{3})*)(?:${decimal}\\d*)?`;
  const plain = `(?:\\d+(?:${decimal}\\d*)?|${decimal}\\d+)(?:[eE][+-]?\\d+)?`;
  return new RegExp(`^${sign}(?:${plain}|${groups})$`);
}

export function fits(text: string, format: NumberFormat): boolean {
  return forms[format].test(text);
}

/** What most cells are: whole, or with a dot and a few decimals. */
const usual = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?$/;

/** @param text trimmed, not empty */
export function readNumber(text: string, format: NumberFormat): NumberReading {
  if (format === "dot" && usual.test(text)) return { decimal: withoutZeros(text), rounded: false };
  if (!fits(text, format)) return { fault: notNumber(text) };
  const plain = text
    .replaceAll(format === "dot" ? /[^\d.eE+\-\u2212]/g : /[^\d,eE+\-\u2212]/g, "")
    .replace(",", ".")
    .replace("\u2212", "-");
  return exact(plain);
}

function withoutZeros(text: string): string {
  const shorter = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  return shorter === "-0" ? "0" : shorter;
}

const wholeDigitsMax = 29;
const decimals = 9;

/** @param text sign, digits, a dot, an exponent */
function exact(text: string): NumberReading {
  const [, minus, whole = "", part = "", exponent = "0"] = /^[+]?(-?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(
    text,
  )!;
  const digits = (whole + part).replace(/^0+/, "");
  if (digits === "") return { decimal: "0", rounded: false };
  // How many digits stand behind the mark, and before it, once the exponent has moved it.
  const behind = part.length - Number(exponent);
  const before = digits.length - behind;
  if (before > wholeDigitsMax) return { fault: "value_too_big" };
  if (before < -decimals) return { decimal: "0", rounded: true };
  const dropped = behind > decimals ? digits.slice(Math.max(0, digits.length - (behind - decimals))) : "";
  const kept = digits.slice(0, digits.length - dropped.length);
  // Half away from zero. Where zeros stand between the mark and the first digit,
  // less than a half was dropped.
  const up = dropped.length === behind - decimals && /^[5-9]/.test(dropped) ? 1n : 0n;
  const scaled = BigInt(kept || "0") * 10n ** BigInt(Math.max(0, decimals - behind)) + up;
  const all = scaled.toString().padStart(decimals + 1, "0");
  if (all.length > wholeDigitsMax + decimals) return { fault: "value_too_big" };
  const decimal = withoutZeros(`${minus}${all.slice(0, -decimals)}.${all.slice(-decimals)}`);
  return { decimal, rounded: /[1-9]/.test(dropped) };
}

const nan = /^[+-]?(?:nan|inf|infinity)$/i;
const currency = /\p{Sc}|^[A-Z]{3}[ \u00a0]?[+\-\u2212]?[\d.,]|[\d.,][ \u00a0]?[A-Z]{3}$/u;
const percent = /^%[ \u00a0]?[+\-\u2212\d.,]|[\d.,][ \u00a0]?%$/;

function notNumber(text: string): RejectCode {
  if (nan.test(text)) return "value_nan";
  if (currency.test(text)) return "value_currency";
  return percent.test(text) ? "value_percent" : "value_not_number";
}
