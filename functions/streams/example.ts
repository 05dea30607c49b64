/** Public knowledge: it stands in the README, for trying only. */
export const exampleStreamId = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";

/** What a first look at a stream sends: an order, named by the stream's own key. */
const fields = { status: "delivered", total: "120.13", userId: "U1" };
const name = "N1";

/** A body that a shell takes between double quotes, or, where the key lies deeper, between single ones. */
export interface Example {
  readonly text: string;
  readonly isJson: boolean;
}

/** @param key the path that names the record, or several */
export function exampleBody(key: string | readonly string[] | undefined): Example {
  const paths = key === undefined ? ["orderId"] : [key].flat();
  if (paths.every((path) => /^[\p{L}\p{N}_-]+$/u.test(path))) {
    const named = new Map(paths.map((path) => [path, name]));
    const others = Object.entries(fields).filter(([field]) => !named.has(field));
    return { text: String(new URLSearchParams([...named, ...others])), isJson: false };
  }
  const body: Record<string, unknown> = { ...fields };
  for (const path of paths) {
    const steps = path.split(".");
    // A header, an item's path or a name in quotes is in no body that can be made up here.
    if (!steps.every((step) => /^[A-Za-z_][A-Za-z0-9_-]*$/.test(step) && step !== "__proto__"))
      return exampleBody(undefined);
    put(body, steps);
  }
  return { text: JSON.stringify(body), isJson: true };
}

function put(body: Record<string, unknown>, [step, ...deeper]: readonly string[]): void {
  if (deeper.length === 0) body[step!] = name;
  else {
    const there = Object.hasOwn(body, step!) ? body[step!] : undefined;
    const inner = typeof there === "object" && there !== null ? there : {};
    body[step!] = inner;
    put(inner as Record<string, unknown>, deeper);
  }
}
