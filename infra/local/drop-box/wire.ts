import type { SftpServer } from "ssh2";

/** What ssh2 1.17 does not offer, by what is inside of it. The version is pinned; tests with real clients and
 *  with one in the process see each of these. */
interface Inside {
  readonly _buffer: readonly unknown[];
  readonly _protocol: { exitStatus(channel: number, status: number): void };
  readonly outgoing: { readonly id: number; readonly state: string };
}

const inside = (sftp: SftpServer) => sftp as unknown as Inside;

/** Whether answers wait for the client to make room in its window. */
export function answersWait(sftp: SftpServer): boolean {
  const { _buffer, outgoing } = inside(sftp);
  return outgoing.state === "open" && _buffer.length > 0;
}

/** OpenSSH's sftp and scp take a session that ends without an exit status for failed. */
export function endSession(sftp: SftpServer): void {
  const { outgoing, _protocol } = inside(sftp);
  if (outgoing.state === "open") _protocol.exitStatus(outgoing.id, 0);
  sftp.end();
}
