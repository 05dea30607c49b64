import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { passwordRefused } from "../problems.ts";
import { oneByOne } from "./one-by-one.ts";

/** Passwords, kept by scrypt: 32 MiB and about a quarter of a second for each guess.
 *  Source: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt */
const usual: Cost = { log2N: 15, r: 8, p: 3 };
/** What scrypt's N is two to the power of, and its r and p. */
export interface Cost {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}
const keyBytes = 32;
/** They take memory. */
const inTurn = oneByOne(20);

const lettersMin = 12;
const bytesMax = 1_024;

/** For sentences and pages. */
export const passwordRule = `at least ${lettersMin} characters`;

/** @throws password_refused */
export function demandGood(password: string, names: readonly string[]): void {
  const text = password.normalize("NFKC");
  const letters = [...text].length;
  if (letters < lettersMin) throw passwordRefused({ what: `has ${letters} characters` });
  if (Buffer.byteLength(text) > bytesMax)
    throw passwordRefused({
      what: `has ${Buffer.byteLength(text)} bytes, and at most ${bytesMax} are taken`,
    });
  if (new Set(text).size < 4) throw passwordRefused({ what: "repeats a few characters alone" });
  if (names.some((name) => name.toLowerCase() === text.toLowerCase()))
    throw passwordRefused({ what: "is the name itself" });
}

/** What is kept: `scrypt$15$8$3$SALT$KEY`. @throws overloaded */
export async function keep(password: string, cost = usual): Promise<string> {
  const salt = randomBytes(16);
  const key = await inTurn(() => derive(password, salt, cost));
  const { log2N, r, p } = cost;
  return ["scrypt", log2N, r, p, salt.toString("base64url"), key.toString("base64url")].join("$");
}

/** Whether it is the password that was kept; as long where nothing was, so that nobody
 *  learns whether there is one.
 *  @throws overloaded */
export async function matches(password: string, stored: string | undefined, cost = usual): Promise<boolean> {
  const [, log2N, r, p, salt = "", key = ""] = (stored ?? nobodys(cost)).split("$");
  const expected = Buffer.from(key, "base64url");
  const asKept = { log2N: Number(log2N), r: Number(r), p: Number(p) };
  const text = Buffer.byteLength(password) > bytesMax ? "" : password;
  const found = await inTurn(() => derive(text, Buffer.from(salt, "base64url"), asKept));
  const isSame = expected.length === found.length && timingSafeEqual(expected, found);
  return isSame && stored !== undefined;
}

const nobodysSalt = randomBytes(16).toString("base64url");
const nobodys = ({ log2N, r, p }: Cost) => ["scrypt", log2N, r, p, nobodysSalt, ""].join("$");

function derive(password: string, salt: Buffer, { log2N, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** log2N;
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, keyBytes, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
