import type { FileHandle } from "node:fs/promises";
import { attributesOf, type Attributes, type SetAttributes } from "./attributes.ts";
import type { BoxFile } from "./files.ts";
import { denied, failure } from "./refusal.ts";

/** A file of a drop box that a client has open. */
export interface OpenFile {
  /** Undefined behind the end. */
  read(offset: number, length: number): Promise<Buffer | undefined>;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  attributes(): Promise<Attributes>;
  setAttributes(set: SetAttributes): Promise<void>;
  sync(): Promise<void>;
  /** @param isAsked by the client: otherwise it was only cut off, and what was written is partial
   *  @throws Refusal where it is not whole although the client has closed it */
  close(isAsked: boolean): Promise<void>;
}

export function readerOf(handle: FileHandle): OpenFile {
  return {
    read: (offset, length) => readFrom(handle, offset, length),
    async write() {
      throw denied("The file is open for reading alone.");
    },
    attributes: async () => attributesOf(await handle.stat({ bigint: true })),
    // What clients say of modes and times after a download changes nothing here.
    setAttributes: async () => undefined,
    sync: async () => undefined,
    close: () => handle.close(),
  };
}

interface Writing {
  readonly isAppend: boolean;
  /** @throws Refusal where there is no room */
  readonly grow: (file: BoxFile, size: number) => void;
  /** @returns whether the file is whole */
  readonly ended: (isWhole: boolean) => Promise<boolean>;
}

export function writerOf(handle: FileHandle, file: BoxFile, { isAppend, grow, ended }: Writing): OpenFile {
  let hasFailed = false;

  /** A write that failed leaves a gap: what comes after it mends nothing. */
  async function changing(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  }

  return {
    read: (offset, length) => readFrom(handle, offset, length),
    write: (offset, bytes) =>
      changing(async () => {
        const at = isAppend ? file.size : offset;
        if (!Number.isSafeInteger(at + bytes.length)) throw failure("The offset is too large.");
        if (at + bytes.length > file.size) grow(file, at + bytes.length);
        for (let done = 0; done < bytes.length;) {
          const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
          done += bytesWritten;
        }
      }),
    attributes: async () => attributesOf(await handle.stat({ bigint: true })),
    async setAttributes({ size, atime, mtime }) {
      if (size !== undefined) {
        // Refused, it changes nothing.
        grow(file, size);
        await changing(() => handle.truncate(size));
      }
      if (atime === undefined && mtime === undefined) return;
      const before = attributesOf(await handle.stat({ bigint: true }));
      await handle.utimes(atime ?? before.atime, mtime ?? before.mtime);
    },
    sync: () => handle.sync(),
    async close(isAsked) {
      let isSynced = false;
      try {
        if (isAsked && !hasFailed) {
          await handle.sync();
          isSynced = true;
        }
      } finally {
        await handle.close().finally(async () => {
          const isWhole = await ended(isSynced);
          if (isAsked && !isWhole)
            throw failure("The file is not whole: a transfer of it failed or broke off. Send it again.");
        });
      }
    },
  };
}

async function readFrom(handle: FileHandle, offset: number, length: number): Promise<Buffer | undefined> {
  if (!Number.isSafeInteger(offset)) return undefined;
  const bytes = Buffer.allocUnsafe(length);
  const { bytesRead } = await handle.read(bytes, 0, length, offset);
  return bytesRead === 0 && length > 0 ? undefined : bytes.subarray(0, bytesRead);
}
