import { expect, test } from "@jest/globals";
import { guide, guideText, type System, systems } from "../../../panel/snippets/systems.ts";
import { senders } from "../../senders/senders.ts";

const endpoint = "https://in.example.org/ds/3d1f7a90-5c26-4e0b-9b84-6f2a1c7de513";

/** The bodies that the fields of the stream are tried with, by the name they have in test/senders. */
const tried: Record<Exclude<System, "other">, string> = {
  bitrix24: "Bitrix24 outgoing webhook",
  kommo: "Kommo account webhook",
  hubspot: "HubSpot workflow",
  tilda: "Tilda form",
  woocommerce: "WooCommerce",
  shopify: "Shopify",
};

test.each(Object.entries(tried))(
  "%s: the fields of the stream are those that its body is tried with",
  (type, sender) => {
    const { key, updated, items } = senders.find(({ name }) => name === sender)!;
    expect(guide(type as System, endpoint).stream).toEqual(
      JSON.parse(JSON.stringify({ key, updated, items })),
    );
  },
);

test.each(systems.map(({ type }) => type))(
  "%s: one step says where the endpoint is pasted, and has it",
  (type) => {
    const { steps, watch, sends } = guide(type, endpoint);
    const pasting = steps.filter(({ paste }) => paste !== undefined);
    expect(pasting.map(({ paste }) => paste)).toEqual([endpoint]);
    expect(pasting[0]!.text).toMatch(/[Pp]aste the endpoint/);
    expect(steps.length).toBeGreaterThanOrEqual(4);
    expect(watch.length).toBeGreaterThanOrEqual(3);
    for (const sentence of [sends, ...watch, ...steps.map(({ text }) => text)])
      expect(sentence).toMatch(/^\S.*[.]$/);
  },
);

test("as a text: numbered steps with the endpoint on a line of its own, then what to watch for", () => {
  const text = guideText(guide("shopify", endpoint), endpoint);
  expect(text).toMatch(
    new RegExp(`^Shopify\n\n1\\. [^]*3\\. Paste the endpoint into URL\\.\n +${endpoint}\n4\\. `),
  );
  expect(text).toContain(
    "\n  npx afterclick streams update 3d1f7a90-5c26-4e0b-9b84-6f2a1c7de513 --key 'header:x-shopify-shop-domain' --key 'id' ",
  );
  expect(guideText(guide("other", endpoint), endpoint)).not.toContain("streams update");
  expect(text).toMatch(/\nWatch for\n {2}- [^]*\n$/);
});
