import { once } from "node:events";
import type { Socket } from "node:net";
import type { SftpServer, SftpAttributes } from "ssh2";
import type { Log } from "../../../functions/log.ts";
import type { Attributes, SetAttributes } from "./box/attributes.ts";
import type { Asked, Box } from "./box/box.ts";
import { createLine } from "./line.ts";
import type { OpenFile } from "./box/open-file.ts";
import { namesOf } from "./box/paths.ts";
import { failure, Refusal, refusalOf, statuses } from "./box/refusal.ts";
import { answersWait, endSession } from "./wire.ts";

/** One SFTP session over one box: what a client asks, in the words of version 3 of the protocol.
 *  Source: draft-ietf-secsh-filexfer-02 */

const handlesMax = 64;
/** Each holds the names of a whole folder. */
const foldersMax = 8;
const readBytesMax = 32 * 1024;
const namesAtOnce = 64;

interface Folder {
  readonly names: { name: string; attributes: Attributes }[];
}

/** @param socket its connection, which is not read while too much waits */
export function serveSession(
  sftp: SftpServer,
  box: Box,
  { socket, log }: { socket: Socket; log: Log },
): void {
  const handles = new Map<number, OpenFile | Folder>();
  let lastHandle = 0;
  const line = createLine(socket, () => socket.destroy());

  /** What a request is answered, whatever happens. */
  function answer(request: number, work: () => Promise<void> | void, bytes = 0): void {
    line.add(bytes, async () => {
      try {
        await work();
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === undefined)
          log("WARNING", "A request to a drop box failed.", {
            event: "drop_box_failed",
            detail: String(error),
          });
        const { status, message } =
          refusal ?? failure("The server cannot do that just now. Try it again later.");
        sftp.status(request, status, message);
      }
      await answersGone();
    });
  }

  /** Nobody fills the memory by asking and reading no answers. */
  async function answersGone(): Promise<void> {
    while (!socket.destroyed && (answersWait(sftp) || socket.writableNeedDrain)) {
      // What makes room may be the next thing that the client says.
      socket.resume();
      const waiting = new AbortController();
      const { signal } = waiting;
      const moved = ["data", "drain", "close"].map((event) => once(socket, event, { signal }));
      // A connection that fails is closed: then nobody waits any more.
      await Promise.race(moved).catch(() => undefined);
      waiting.abort();
    }
  }

  const done = (request: number) => sftp.status(request, statuses.ok, "");

  function keep(thing: OpenFile | Folder): Buffer {
    lastHandle += 1;
    handles.set(lastHandle, thing);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(lastHandle);
    return handle;
  }

  function find(handle: Buffer): OpenFile | Folder {
    const found = handle.length === 4 ? handles.get(handle.readUInt32BE()) : undefined;
    if (found === undefined) throw failure("There is no such handle.");
    return found;
  }

  function fileOf(handle: Buffer): OpenFile {
    const found = find(handle);
    if ("names" in found) throw failure("It is the handle of a folder.");
    return found;
  }

  function demandHandle(): void {
    if (handles.size >= handlesMax)
      throw failure(`At most ${handlesMax} files may be open at once. Close some.`);
  }

  sftp.on("OPEN", (request, path, flags) =>
    answer(request, async () => {
      demandHandle();
      sftp.handle(request, keep(await box.open(path, askedBy(flags))));
    }),
  );
  sftp.on("READ", (request, handle, offset, length) =>
    answer(request, async () => {
      const bytes = await fileOf(handle).read(offset, Math.min(length, readBytesMax));
      if (bytes === undefined) sftp.status(request, statuses.eof, "");
      else sftp.data(request, bytes);
    }),
  );
  sftp.on("WRITE", (request, handle, offset, bytes) =>
    answer(
      request,
      async () => {
        await fileOf(handle).write(offset, bytes);
        done(request);
      },
      bytes.length,
    ),
  );
  sftp.on("CLOSE", (request, handle) =>
    answer(request, async () => {
      const found = find(handle);
      handles.delete(handle.readUInt32BE());
      if (!("names" in found)) await found.close(true);
      done(request);
    }),
  );
  sftp.on("FSTAT", (request, handle) =>
    answer(request, async () => sftp.attrs(request, onWire(await fileOf(handle).attributes()))),
  );
  sftp.on("FSETSTAT", (request, handle, set) =>
    answer(request, async () => {
      await fileOf(handle).setAttributes(setBy(set));
      done(request);
    }),
  );
  for (const name of ["STAT", "LSTAT"] as const)
    sftp.on(name, (request, path) =>
      answer(request, async () => sftp.attrs(request, onWire(await box.look(path)))),
    );
  sftp.on("SETSTAT", (request, path, set) =>
    answer(request, async () => {
      await box.setAttributes(path, setBy(set));
      done(request);
    }),
  );
  sftp.on("OPENDIR", (request, path) =>
    answer(request, async () => {
      demandHandle();
      if ([...handles.values()].filter((one) => "names" in one).length >= foldersMax)
        throw failure(`At most ${foldersMax} folders may be open at once. Close some.`);
      sftp.handle(request, keep({ names: await box.list(path) }));
    }),
  );
  sftp.on("READDIR", (request, handle) =>
    answer(request, () => {
      const found = find(handle);
      if (!("names" in found)) throw failure("It is the handle of a file.");
      const names = found.names.splice(0, namesAtOnce);
      if (names.length === 0) sftp.status(request, statuses.eof, "");
      else sftp.name(request, names.map(listed));
    }),
  );
  sftp.on("REALPATH", (request, path) =>
    answer(request, () => {
      const filename = `/${namesOf(path).join("/")}`;
      sftp.name(request, [{ filename, longname: filename, attrs: {} }]);
    }),
  );
  sftp.on("REMOVE", (request, path) =>
    answer(request, async () => {
      await box.remove(path);
      done(request);
    }),
  );
  sftp.on("MKDIR", (request, path) =>
    answer(request, async () => {
      await box.makeFolder(path);
      done(request);
    }),
  );
  sftp.on("RMDIR", (request, path) =>
    answer(request, async () => {
      await box.removeFolder(path);
      done(request);
    }),
  );
  sftp.on("RENAME", (request, from, to) =>
    answer(request, async () => {
      await box.rename(from, to);
      done(request);
    }),
  );
  const noLinks = (request: number) =>
    answer(request, () => {
      throw new Refusal(statuses.permissionDenied, "There are no links in a drop box.");
    });
  sftp.on("READLINK", noLinks);
  sftp.on("SYMLINK", noLinks);
  sftp.on("EXTENDED", (request, name, data) =>
    answer(request, async () => {
      if (name === "posix-rename@openssh.com") {
        const [from, to] = stringsIn(data);
        if (from === undefined || to === undefined)
          throw new Refusal(statuses.badMessage, "The request is cut off.");
        await box.rename(from, to);
      } else if (name === "fsync@openssh.com") {
        const [handle] = bytesIn(data);
        await fileOf(handle ?? Buffer.alloc(0)).sync();
      } else throw new Refusal(statuses.unsupported, "This extension is not offered.");
      done(request);
    }),
  );
  // What is no SFTP: ssh2 has ended the session.
  sftp.on("error", () => undefined);
  // The client is done, or gone: what it has not closed is partial.
  sftp.on("end", () => {
    line.add(0, async () => {
      for (const found of handles.values())
        if (!("names" in found))
          await found.close(false).catch((error: unknown) =>
            log("WARNING", "A file of a drop box could not be closed.", {
              event: "drop_box_failed",
              detail: String(error),
            }),
          );
      handles.clear();
      if (!socket.destroyed) endSession(sftp);
    });
  });
}

function askedBy(flags: number): Asked {
  const [read, write, append, create, truncate, exclusive] = [1, 2, 4, 8, 16, 32].map(
    (bit) => (flags & bit) !== 0,
  ) as [boolean, boolean, boolean, boolean, boolean, boolean];
  return { read, write: write || append, append, create, truncate, exclusive };
}

function setBy({ size, atime, mtime }: SftpAttributes): SetAttributes {
  return { size, atime, mtime };
}

function onWire({ isFolder, size, atime, mtime }: Attributes): SftpAttributes {
  return { mode: isFolder ? 0o40_755 : 0o100_644, uid: 0, gid: 0, size, atime, mtime };
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** As `ls -l` writes it: some clients read nothing else. */
function listed({ name, attributes }: { name: string; attributes: Attributes }) {
  const { isFolder, size, mtime } = attributes;
  const at = new Date(mtime * 1_000);
  const day = String(at.getUTCDate()).padStart(2);
  const longname = [
    isFolder ? "drwxr-xr-x" : "-rw-r--r--",
    "  1 box      box     ",
    String(size).padStart(9),
    months[at.getUTCMonth()],
    day,
    ` ${at.getUTCFullYear()}`,
    name,
  ].join(" ");
  return { filename: name, longname, attrs: onWire(attributes) };
}

function stringsIn(data: Buffer | undefined): string[] {
  return bytesIn(data).map((bytes) => bytes.toString("utf8"));
}

/** Length and bytes, one after the other; what is cut off is left out. */
function bytesIn(data: Buffer | undefined): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; data !== undefined && at + 4 <= data.length;) {
    const end = at + 4 + data.readUInt32BE(at);
    if (end > data.length) break;
    found.push(data.subarray(at + 4, end));
    at = end;
  }
  return found;
}
