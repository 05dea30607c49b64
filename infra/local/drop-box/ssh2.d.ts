/** What is used of ssh2 1.17, which brings no types; its README and its source say the same. */
declare module "ssh2" {
  import type { EventEmitter } from "node:events";
  import type { Socket } from "node:net";

  export interface ParsedKey {
    readonly type: string;
    /** In the form of RFC 4253. */
    getPublicSSH(): Buffer;
    verify(data: Buffer, signature: Buffer, hash?: string): boolean | Error;
  }

  export type HostKey = string | { readonly key: ParsedKey };

  interface Algorithms {
    readonly kex?: readonly string[];
    readonly cipher?: readonly string[];
    readonly serverHostKey?: readonly string[];
    readonly hmac?: readonly string[];
    readonly compress?: readonly string[];
  }

  interface AuthContext extends EventEmitter {
    readonly username: string;
    accept(): void;
    reject(methodsLeft?: readonly string[]): void;
  }
  export type Authentication = AuthContext &
    (
      | { readonly method: "none" | "hostbased" }
      | { readonly method: "password"; readonly password: string }
      | {
          readonly method: "keyboard-interactive";
          prompt(
            prompts: readonly { prompt: string; echo: boolean }[],
            answered: (answers: readonly string[] | Error | undefined) => void,
          ): void;
        }
      | {
          readonly method: "publickey";
          readonly key: { readonly algo: string; readonly data: Buffer };
          /** Of what was signed; undefined where the key's own is meant. */
          readonly hashAlgo?: string;
          readonly signature?: Buffer;
          readonly blob?: Buffer;
        }
    );

  interface Session extends EventEmitter {
    on(event: "sftp", listener: (accept: () => SftpServer, reject?: () => void) => void): this;
  }

  export interface Connection extends EventEmitter {
    on(event: "authentication", listener: (context: Authentication) => void): this;
    on(event: "session", listener: (accept: () => Session, reject: () => void) => void): this;
    on(event: "ready" | "close", listener: () => void): this;
    on(event: "error", listener: (error: Error) => void): this;
    end(): this;
  }

  export class Server {
    constructor(
      config: {
        hostKeys: readonly HostKey[];
        ident: string;
        algorithms: Algorithms;
        keepaliveInterval?: number;
      },
      listener: (connection: Connection, info: { ip: string; port: number }) => void,
    );
    injectSocket(socket: Socket): void;
  }

  export interface SftpAttributes {
    readonly mode?: number | undefined;
    readonly uid?: number | undefined;
    readonly gid?: number | undefined;
    readonly size?: number | undefined;
    readonly atime?: number | undefined;
    readonly mtime?: number | undefined;
  }

  export interface SftpServer extends EventEmitter {
    on(event: "OPEN", listener: (request: number, path: string, flags: number) => void): this;
    on(
      event: "READ",
      listener: (request: number, handle: Buffer, offset: number, length: number) => void,
    ): this;
    on(
      event: "WRITE",
      listener: (request: number, handle: Buffer, offset: number, bytes: Buffer) => void,
    ): this;
    on(event: "FSTAT" | "CLOSE" | "READDIR", listener: (request: number, handle: Buffer) => void): this;
    on(
      event: "FSETSTAT",
      listener: (request: number, handle: Buffer, attributes: SftpAttributes) => void,
    ): this;
    on(event: "SETSTAT", listener: (request: number, path: string, attributes: SftpAttributes) => void): this;
    on(
      event: "STAT" | "LSTAT" | "OPENDIR" | "REALPATH" | "REMOVE" | "MKDIR" | "RMDIR" | "READLINK",
      listener: (request: number, path: string) => void,
    ): this;
    on(event: "RENAME" | "SYMLINK", listener: (request: number, from: string, to: string) => void): this;
    on(event: "EXTENDED", listener: (request: number, name: string, data?: Buffer) => void): this;
    on(event: "end", listener: () => void): this;
    on(event: "error", listener: (error: Error) => void): this;
    status(request: number, code: number, message: string): void;
    handle(request: number, handle: Buffer): void;
    data(request: number, bytes: Buffer): void;
    attrs(request: number, attributes: SftpAttributes): void;
    name(
      request: number,
      names: readonly { filename: string; longname: string; attrs: SftpAttributes }[],
    ): void;
    end(): void;
  }

  /** Of tests. */
  export class Client extends EventEmitter {
    connect(config: Readonly<Record<string, unknown>>): this;
    sftp(opened: (error: Error | undefined, sftp: SftpClient) => void): void;
    exec(command: string, opened: (error: Error | undefined) => void): void;
    shell(opened: (error: Error | undefined) => void): void;
    forwardIn(host: string, port: number, opened: (error: Error | undefined) => void): void;
    forwardOut(
      fromHost: string,
      fromPort: number,
      host: string,
      port: number,
      opened: (error: Error | undefined) => void,
    ): void;
    end(): this;
    destroy(): this;
  }
  export type SftpClient = EventEmitter & Readonly<Record<string, (...given: unknown[]) => void>>;

  const ssh2: {
    readonly Server: typeof Server;
    readonly Client: typeof Client;
    readonly utils: {
      parseKey(key: string | Buffer): ParsedKey | Error;
      generateKeyPair(
        type: "ed25519" | "ecdsa" | "rsa",
        options: { bits?: number },
        made: (error: Error | null, keys: { private: string; public: string }) => void,
      ): void;
    };
  };
  export default ssh2;
}
