/** The parameters of a form as they are signed: sorted by name, each name followed by its value. Of repeated
 *  ones each value once, sorted too. */
export function formText(body: Uint8Array): string {
  const form = new URLSearchParams(Buffer.from(body).toString());
  const names = [...new Set(form.keys())].sort();
  return names
    .flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value))
    .join("");
}
