import { expect } from "@jest/globals";
import type { Secrets } from "../../functions/secrets.ts";
import { promiseSuite } from "./suite.ts";

/** What every store of secrets promises, whatever ground it runs on. */

export interface OpenedSecrets {
  secrets: Secrets;
  /** Puts the clock of the store forward. */
  wait(ms: number): void;
  /** The same secrets in a store that was opened again. */
  reopen(): Promise<Secrets>;
  close(): Promise<void>;
}

const name = "sftp-host-key-rsa";

/** @param open a store without secrets
 *  @param cannot promises that the driver declines, by name, each with its reason */
export function secretsPromises(
  driver: string,
  open: () => Promise<OpenedSecrets>,
  cannot: Record<string, string> = {},
): void {
  const { promise, end } = promiseSuite<OpenedSecrets>(
    driver,
    async () => {
      const opened = await open();
      return { setup: opened, close: () => opened.close() };
    },
    cannot,
  );

  promise("what was never put is not there", async ({ secrets }) => {
    expect(await secrets.read(name)).toBeUndefined();
    expect(await secrets.list()).toEqual([]);
    await secrets.retire(name);
  });

  promise("a secret comes back as it was put, also by a store opened anew", async ({ secrets, reopen }) => {
    const values = { a: "x", b: 'Zoë "注文" \u{1f600}\n\r\0', c: "k".repeat(64 * 1024) };
    for (const [each, value] of Object.entries(values)) await secrets.put(each, value);
    const again = await reopen();
    for (const [each, value] of Object.entries(values)) {
      expect(await secrets.read(each)).toBe(value);
      expect(await again.read(each)).toBe(value);
    }
  });

  promise("the list has names and times, and no value", async ({ secrets, wait }) => {
    await secrets.put("b", "the-second-value");
    wait(1_000);
    await secrets.put("a", "the-first-value");
    const listed = await secrets.list();
    expect(listed.map((each) => each.name)).toEqual(["a", "b"]);
    expect(listed[0]!.put_at - listed[1]!.put_at).toBeGreaterThanOrEqual(1_000);
    expect(JSON.stringify(listed)).not.toContain("value");
  });

  promise(
    "another value takes the place of the first without a restart",
    async ({ secrets, reopen, wait }) => {
      const other = await reopen();
      await secrets.put(name, "first");
      expect(await other.read(name)).toBe("first");
      await secrets.put(name, "second");
      expect(await secrets.read(name)).toBe("second");
      // One that remembers what it read may do so for a minute.
      wait(61_000);
      expect(await other.read(name)).toBe("second");
      expect(await secrets.list()).toHaveLength(1);
    },
  );

  promise("a retired secret is gone, and its name may be used again", async ({ secrets, reopen }) => {
    await secrets.put(name, "first");
    await secrets.put("other", "stays");
    await secrets.retire(name);
    await secrets.retire(name);
    expect(await secrets.read(name)).toBeUndefined();
    expect((await secrets.list()).map((each) => each.name)).toEqual(["other"]);
    expect(await (await reopen()).read(name)).toBeUndefined();
    await secrets.put(name, "second");
    expect(await secrets.read(name)).toBe("second");
  });

  promise("of many put at once none is lost", async ({ secrets, reopen }) => {
    const names = Array.from({ length: 8 }, (_, index) => `key-${index}`);
    await Promise.all(names.map((each) => secrets.put(each, `value of ${each}`)));
    const again = await reopen();
    for (const each of names) expect(await again.read(each)).toBe(`value of ${each}`);
  });

  promise("what no store can hold is refused, and the value is not said", async ({ secrets }) => {
    const longest = "n".repeat(100);
    await secrets.put(longest, "x");
    for (const strange of ["", "A", "a/b", "../a", "a_b", "-a", "ä", `${longest}n`])
      await expect(secrets.put(strange, "x")).rejects.toMatchObject({ code: "secret_refused", status: 400 });
    for (const value of ["", "s".repeat(64 * 1024 + 1), "half \ud800"]) {
      const refused = await secrets.put(name, value).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: "secret_refused" });
      expect(String(refused)).not.toContain("sss");
    }
    expect((await secrets.list()).map((each) => each.name)).toEqual([longest]);
    for (const strange of ["__proto__", "constructor", "toString"])
      expect(await secrets.read(strange)).toBeUndefined();
  });

  end();
}
