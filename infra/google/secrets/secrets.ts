import { secretRefused, secretsDown } from "../../../functions/problems.ts";
import { secretFault, type KnownSecret, type Secrets } from "../../../functions/secrets.ts";
import { openSecretManager, type SecretManagerConfig } from "./secret-manager.ts";

/** Secrets in Secret Manager, each a secret of its own under one prefix, of which the newest version counts.
 *  What was read is remembered for a minute: so long a value that was replaced or retired elsewhere is still
 *  taken, and no longer, also where the service is away.
 *
 *  Needs the permissions in terraform/secrets.tf. */

/** A read costs money and time, and a value changes once in months. */
const rememberedMs = 60_000;
/** So many are remembered; the oldest are forgotten. */
const rememberedMax = 1_000;
const pageSize = "250";

interface Version {
  /** `projects/NUMBER/secrets/ID/versions/NUMBER` */
  readonly name: string;
  readonly state: "ENABLED" | "DISABLED" | "DESTROYED";
  readonly createTime: string;
}

/** @param config.now for what is remembered */
export function openSecrets({ now, ...config }: SecretManagerConfig & { now: () => number }): Secrets {
  const { call } = openSecretManager(config);
  const { prefix, location, kmsKey } = config;
  const remembered = new Map<string, { readonly value: string; readonly until: number }>();
  /** Grows with every change: what was read before one is not remembered after it. */
  let changes = 0;
  let last: Promise<unknown> = Promise.resolve();

  const pathOf = (name: string) => `/secrets/${prefix}${name}`;

  /** Two changes of one name at once would leave it open which of them counts. */
  const inTurn = <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
    const mine = last.then(async () => {
      changes += 1;
      remembered.delete(name);
      return work().finally(() => (changes += 1));
    });
    // Whoever asked for it hears of its failure; the next one only waits for its end.
    last = mine.catch(() => undefined);
    return mine;
  };

  function remember(name: string, value: string): void {
    remembered.delete(name);
    remembered.set(name, { value, until: now() + rememberedMs });
    if (remembered.size > rememberedMax) remembered.delete(remembered.keys().next().value!);
  }

  /** @returns the version; undefined where there is no such secret yet */
  async function add(name: string, value: string): Promise<Version | undefined> {
    const body = { payload: { data: Buffer.from(value).toString("base64") } };
    const added = await call<Version>("POST", `${pathOf(name)}:addVersion`, {
      body,
      expected: ["NOT_FOUND"],
    });
    return typeof added === "string" ? undefined : added;
  }

  async function make(name: string): Promise<void> {
    const encryption = kmsKey === undefined ? {} : { customerManagedEncryption: { kmsKeyName: kmsKey } };
    await call("POST", "/secrets", {
      query: { secretId: prefix + name },
      body: { replication: { userManaged: { replicas: [{ location, ...encryption }] } } },
      // Somebody else has made it meanwhile.
      expected: ["ALREADY_EXISTS"],
    });
  }

  /** What a newer version has taken the place of cannot be had back, and costs nothing any more. */
  async function destroyBefore(name: string, newest: Version): Promise<void> {
    const path = `${pathOf(name)}/versions`;
    const query = { filter: "state:(ENABLED OR DISABLED)", pageSize };
    const listed = await call<{ versions?: Version[] }>("GET", path, { query, expected: ["NOT_FOUND"] });
    if (typeof listed === "string") return;
    for (const version of listed.versions ?? [])
      if (numberOf(version) < numberOf(newest) && version.state !== "DESTROYED")
        // Somebody else may have destroyed it, or the whole secret.
        await call("POST", `${path}/${numberOf(version)}:destroy`, {
          body: {},
          expected: ["NOT_FOUND", "FAILED_PRECONDITION"],
        });
  }

  /** When it was put last; undefined where it has no value. */
  async function putAt(name: string): Promise<number | undefined> {
    const found = await call<Version>("GET", `${pathOf(name)}/versions/latest`, { expected: ["NOT_FOUND"] });
    if (typeof found === "string" || found.state === "DESTROYED") return undefined;
    return Date.parse(found.createTime);
  }

  return {
    async put(name, value) {
      const fault = secretFault(name, value);
      if (fault !== undefined) throw secretRefused({ what: fault });
      await inTurn(name, async () => {
        let added = await add(name, value);
        if (added === undefined) {
          await make(name);
          added = await add(name, value);
        }
        if (added === undefined) throw secretsDown({ why: `${prefix}${name} was made, and is not there` });
        remember(name, value);
        // It is kept whatever comes of that; what is left is destroyed with the next one.
        await destroyBefore(name, added).catch(() => undefined);
      });
    },

    async read(name) {
      if (secretFault(name) !== undefined) return undefined;
      const known = remembered.get(name);
      if (known !== undefined && known.until > now()) return known.value;
      const before = changes;
      const found = await call<{ payload?: { data?: string } }>(
        "GET",
        `${pathOf(name)}/versions/latest:access`,
        { expected: ["NOT_FOUND", "FAILED_PRECONDITION"] },
      );
      if (found === "FAILED_PRECONDITION") return ofState(name);
      // That there is none is not remembered: one that is put is found at once.
      if (typeof found === "string") return undefined;
      const { data } = found.payload ?? {};
      if (typeof data !== "string") throw secretsDown({ why: `${prefix}${name} comes without a value` });
      const value = Buffer.from(data, "base64").toString("utf8");
      if (changes === before) remember(name, value);
      return value;
    },

    async retire(name) {
      if (secretFault(name) !== undefined) return;
      await inTurn(name, () => call("DELETE", pathOf(name), { expected: ["NOT_FOUND"] }));
    },

    async list() {
      const listed: KnownSecret[] = [];
      let pageToken: string | undefined;
      do {
        const query = { filter: `name:${prefix}`, pageSize, ...(pageToken !== undefined && { pageToken }) };
        const page = await call<{ secrets?: { name: string }[]; nextPageToken?: string }>("GET", "/secrets", {
          query,
        });
        if (typeof page === "string") break;
        for (const { name: id } of page.secrets ?? []) {
          const name = id.slice(id.lastIndexOf("/") + 1);
          // The filter finds the word anywhere in a name.
          if (!name.startsWith(prefix) || secretFault(name.slice(prefix.length)) !== undefined) continue;
          const put_at = await putAt(name.slice(prefix.length));
          if (put_at !== undefined) listed.push({ name: name.slice(prefix.length), put_at });
        }
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined && pageToken !== "");
      return listed.sort((one, other) => (one.name < other.name ? -1 : 1));
    },
  };

  /** A version that cannot be had: destroyed, there is none; disabled, somebody took it out of use and may
   *  put it back, and nothing is made in its place. */
  async function ofState(name: string): Promise<undefined> {
    if ((await putAt(name)) === undefined) return undefined;
    throw secretsDown({
      why: `the newest version of ${prefix}${name} is disabled in Secret Manager; enable it, or put another value`,
    });
  }
}

function numberOf({ name }: Version): number {
  return Number(name.slice(name.lastIndexOf("/") + 1));
}
