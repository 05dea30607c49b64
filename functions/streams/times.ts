/** What a text of `updated` may look like, and which moment it means. The warehouses read the same patterns (RE2 and
 *  JavaScript agree on them); test/times.ts lists what each text means on every ground. */

const time = "\\d{2}(?::\\d{2}(?::\\d{2}(?:[.,]\\d+)?)?)?";
const basicTime = "\\d{2}(?:\\d{2}(?:\\d{2}(?:[.,]\\d+)?)?)?";
const zone = "(?: ?(?:[Zz]|UTC|GMT|[+-]\\d{2}(?::?\\d{2})?))?";

/** ISO 8601: extended, basic, a day, and 14 digits. */
export const iso = [
  `^\\d{4}-\\d{2}-\\d{2}(?:[Tt ]${time}${zone})?$`,
  `^\\d{8}[Tt]${basicTime}${zone}$`,
  "^\\d{8}(?:\\d{6})?$",
] as const;

/** Year, month, day, hour, minute, second, fraction, zone of a text that one of `iso` takes. */
export const isoParts =
  "^(\\d{4})-?(\\d{2})-?(\\d{2})(?:[Tt ]?(\\d{2})(?::?(\\d{2})(?::?(\\d{2})(?:[.,](\\d+))?)?)?)?" +
  "(?: ?([Zz]|UTC|GMT|[+-]\\d{2}(?::?\\d{2})?))?$";

/** Unix time, its unit by its size. */
export const unix = {
  seconds: "^\\d{9,10}(?:[.,]\\d+)?$",
  millis: "^\\d{12,13}$",
  micros: "^\\d{15,16}$",
} as const;
export const unixParts = "^(\\d+)(?:[.,](\\d+))?$";

export const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const month = `(${months.join("|")})`;
const clock = "(\\d{2}:\\d{2}:\\d{2})";
const weekday = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const longWeekday = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";

/** The three dates of RFC 9110, and ISO 8601 with the month's name in its place. A year of two digits is one of 1970 to
 *  2069. Source: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
export const named: readonly (readonly [pattern: string, template: string])[] = [
  [`^${weekday}, (\\d{2}) ${month} (\\d{4}) ${clock} GMT$`, "\\3-\\2-\\1T\\4Z"],
  [`^${longWeekday}, (\\d{2})-${month}-([0-6]\\d) ${clock} GMT$`, "20\\3-\\2-\\1T\\4Z"],
  [`^${longWeekday}, (\\d{2})-${month}-([7-9]\\d) ${clock} GMT$`, "19\\3-\\2-\\1T\\4Z"],
  [`^${weekday} ${month} (\\d{2}) ${clock} (\\d{4})$`, "\\4-\\1-\\2T\\3Z"],
  [`^${weekday} ${month}  (\\d) ${clock} (\\d{4})$`, "\\4-\\1-0\\2T\\3Z"],
];
