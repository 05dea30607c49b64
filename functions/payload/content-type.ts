import { BoundedMap } from "../bounded.ts";
import { charsetOf, type Charset } from "./charset.ts";

/** What a Content-Type says about reading a body. Senders write it loosely, so it is read loosely. */
export interface ContentType {
  /** `absent` also where the header is empty. */
  readonly kind: "absent" | "form" | "multipart" | "other";
  /** undefined: UTF-8, none named, or one that nobody here knows. */
  readonly charset: Charset | undefined;
}

const absent: ContentType = { kind: "absent", charset: undefined };

/** A sender uses one or two of them, over and over; `multipart` has a new boundary
 *  every time and is not kept. */
const knownMax = 256;
const known = new BoundedMap<string, ContentType>(knownMax);

const charsetParameter = /;\s*charset\s*=\s*["']?([^"';,\s]{1,40})/i;

export function readContentType(header: string | undefined): ContentType {
  if (header === undefined) return absent;
  const before = known.get(header);
  if (before !== undefined) return before;
  const kind = kindOf(header);
  const label = charsetLabel(header);
  const read: ContentType = {
    kind,
    charset: label === undefined ? undefined : charsetOf(label),
  };
  if (kind !== "multipart") known.set(header, read);
  return read;
}

/** The parameter `charset`, as it was sent. */
export function charsetLabel(header: string): string | undefined {
  return charsetParameter.exec(header)?.[1];
}

function kindOf(header: string): ContentType["kind"] {
  switch (/^[^;,]*/.exec(header)?.[0].trim().toLowerCase()) {
    case "":
      return header.trim() === "" ? "absent" : "other";
    case "application/x-www-form-urlencoded":
      return "form";
    case "multipart/form-data":
      return "multipart";
    default:
      return "other";
  }
}
