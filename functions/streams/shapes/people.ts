/** What tells a person, as each consumer wants it before it is hashed. Each takes a text, NULL where there is
 *  none. */
import { filled, hex, matches, removed, replaced } from "./words.ts";

/** Google: small letters, no white space, no dots before `@gmail.com` and `@googlemail.com`.
 *  Source: https://developers.google.com/data-manager/api/devguides/concepts/formatting */
export function googleEmail(email: string): string {
  const small = removed(`LOWER(${email})`, "\\s");
  const dotless = `CONCAT(REPLACE(${removed(small, "@.*$")}, '.', ''), ${replaced(small, "^.*@", "'@'")})`;
  return hex(
    filled(`CASE WHEN ${matches(small, "@(gmail|googlemail)\\.com$")} THEN ${dotless} ELSE ${small} END`),
  );
}

/** Google: `+`, the country's code, digits. What names no country (neither `+` nor `00`) is nobody's. */
export function googlePhone(phone: string): string {
  const named = `CASE WHEN ${matches(phone, "^\\s*(\\+|00)")} THEN ${phone} END`;
  return hex(`CONCAT('+', ${filled(removed(removed(named, "[^0-9]"), "^0+"))})`);
}

export const googleName = (name: string): string => hex(filled(`LOWER(TRIM(${name}))`));

/** Meta: see each parameter.
 *  Source: https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters */
export const metaEmail = (email: string): string => hex(filled(`LOWER(TRIM(${email}))`));
/** Digits, with the country's code, without zeros before it. */
export const metaPhone = (phone: string): string => hex(filled(removed(removed(phone, "[^0-9]"), "^0+")));
export const metaName = (name: string): string =>
  hex(filled(`TRIM(${removed(`LOWER(${name})`, "[\\p{P}\\p{S}]")})`));
export const metaCity = (city: string): string => hex(filled(removed(`LOWER(${city})`, "[\\p{P}\\p{S}\\s]")));
/** Of the United States the first five digits alone. */
export function metaZip(zip: string): string {
  const small = removed(`LOWER(${zip})`, "[-\\s]");
  return hex(
    filled(`CASE WHEN ${matches(small, "^[0-9]{9}$")} THEN SUBSTR(${small}, 1, 5) ELSE ${small} END`),
  );
}
export const metaId = (id: string): string => hex(filled(`TRIM(${id})`));

/** As one table of keys wants them, whoever reads it: the same for the same person. */
export const plainEmail = metaEmail;
export const plainPhone = metaPhone;
