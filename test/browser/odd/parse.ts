/** What a real parser makes of each answer to `{ method, address, body }`: its status; how often it
 *  `holds` the word that all hostile texts have; `elements`, each with the
 *  names of its attributes, in order; `acting`, attributes that run something and addresses that lead
 *  elsewhere; `turning`, texts with characters that change how others are shown. It runs in the browser, and
 *  is sent there as its text. */
export const parse = String.raw`async (all) => {
  const { DOMParser, fetch, location, URL } = globalThis;
  const addresses = ["href", "src", "action", "formaction", "poster", "data", "xlink:href"];
  // Control characters, marks of direction, and what Unicode calls a line.
  // oxlint-disable-next-line no-control-regex
  const turns = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
  const leaves = (value) => new URL(value, location.href).origin !== location.origin;
  const read = (html) => {
    const elements = [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("*")];
    const names = (one) => [...one.attributes].map(({ name }) => name).sort();
    return {
      // Names of tables break where they may: how often is theirs.
      elements: elements.filter(({ localName }) => localName !== "wbr").map((one) => one.localName + "[" + names(one).join() + "]").join(" "),
      acting: elements
        .flatMap((one) => [...one.attributes])
        .filter(({ name, value }) => /^on|^srcdoc$/.test(name) || (addresses.includes(name) && leaves(value)))
        .map(({ name, value }) => name + "=" + value),
      turning: elements
        // What somebody typed stays as it is, to be changed.
        .filter(({ localName }) => localName !== "textarea")
        .flatMap((one) => [...one.childNodes].flatMap(({ nodeType, data }) => (nodeType === 3 ? [data] : [])))
        .filter((text) => turns.test(text)),
    };
  };
  const seen = [];
  for (const { method, address, body } of all) {
    const headers = { accept: "text/html", "content-type": "application/x-www-form-urlencoded" };
    const reply = await fetch(address, { method, headers, redirect: "manual", body });
    const isPage = (reply.headers.get("content-type") ?? "").startsWith("text/html");
    const text = await reply.text();
    const holds = text.split("taken").length - 1;
    seen.push({ status: reply.status, holds, ...(isPage ? read(text) : { elements: "", acting: [], turning: [] }) });
  }
  return seen;
}`;
