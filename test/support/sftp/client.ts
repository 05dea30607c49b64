import { once, type EventEmitter } from "node:events";
import ssh2, { type Client, type SftpClient } from "ssh2";
import { lastResortMs } from "../until.ts";

/** ssh2's own client, in the process of the test. */

export interface Told {
  readonly size: number;
  readonly mtime: number;
  readonly mode: number;
}

export type Handle = Buffer & { readonly handle: unique symbol };

export type Sftp = Awaited<ReturnType<typeof openSftp>>;

/** @throws what the client says where it is not let in */
export async function connect(port: number, how: Record<string, unknown>): Promise<Client> {
  const client = new ssh2.Client();
  // The first one is thrown below; tests cut connections off, and what comes then is no news.
  client.on("error", () => undefined);
  client.connect({ host: "127.0.0.1", port, readyTimeout: lastResortMs, ...how });
  await once(client, "ready");
  return client;
}

/** Once a connection is closed, in whatever way: some ends of it are an error to who was connected. */
export const closing = (connection: EventEmitter): Promise<void> =>
  new Promise((resolve) => connection.once("close", () => resolve()));

/** A session with the requests of which the tests are made, each answered or refused. */
export async function openSftp(client: Client) {
  const sftp = await new Promise<SftpClient>((resolve, reject) =>
    client.sftp((error, opened) => (error === undefined ? resolve(opened) : reject(error))),
  );
  const ask = <Answer = void>(name: string, ...given: unknown[]): Promise<Answer> =>
    new Promise((resolve, reject) => {
      sftp[name]!(...given, (error: Error | undefined, answer: Answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
  const open = (path: string, flags: string): Promise<Handle> => ask("open", path, flags);
  const write = (handle: Handle, at: number, content: string | Buffer) => {
    const bytes = Buffer.from(content);
    return ask("write", handle, bytes, 0, bytes.length, at);
  };
  const close = (handle: Handle) => ask("close", handle);
  return {
    ask,
    open,
    write,
    close,
    stat: (path: string) => ask<Told>("stat", path),
    names: async (path: string) =>
      (await ask<{ filename: string }[]>("readdir", path)).map(({ filename }) => filename).sort(),
    rename: (from: string, to: string) => ask("rename", from, to),
    remove: (path: string) => ask("unlink", path),
    read: async (path: string) => String(await ask<Buffer>("readFile", path)),
    /** As clients do that look for no extension first. */
    posixRename(from: string, to: string): Promise<void> {
      extensionsOf(sftp)["posix-rename@openssh.com"] = "1";
      return ask("ext_openssh_rename", from, to);
    },
    async fsync(handle: Handle): Promise<void> {
      extensionsOf(sftp)["fsync@openssh.com"] = "1";
      await ask("ext_openssh_fsync", handle);
    },
    async put(path: string, content: string | Buffer, flags = "w"): Promise<void> {
      const handle = await open(path, flags);
      if (content.length > 0) await write(handle, 0, content);
      await close(handle);
    },
  };
}

function extensionsOf(sftp: SftpClient): Record<string, string> {
  return (sftp as unknown as { _extensions: Record<string, string> })._extensions;
}

export async function newKey(
  type: "ed25519" | "ecdsa" | "rsa",
  options: { bits?: number } = {},
): Promise<{ private: string; public: string }> {
  for (;;) {
    const made = await new Promise<{ private: string; public: string }>((resolve, reject) =>
      ssh2.utils.generateKeyPair(type, options, (error, key) => (error ? reject(error) : resolve(key))),
    );
    // One Ed25519 key in 256 is too short; see infra/local/drop-box/host-keys.ts.
    if (!(ssh2.utils.parseKey(made.private) instanceof Error)) return made;
  }
}
