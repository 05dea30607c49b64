/** The ground on which drop boxes are: a port to which senders connect. Driver: infra/local. */
export interface DropBoxGround {
  /** Has the port open, before anybody is told of it. @throws cannot_listen, secrets_down, secrets_sealed */
  ready(): Promise<void>;
  /** What stands in the documents has changed. @throws as ready; documents_down */
  changed(): Promise<void>;
  /** `port` is left out while it is closed. */
  where(): { readonly port?: number; readonly fingerprints: readonly Fingerprint[] };
  /** How many files of a box wait for an import. */
  waiting(user: string): number;
}

/** By which a sender knows the server, as ssh-keygen -l shows it. */
export interface Fingerprint {
  readonly type: string;
  readonly fingerprint: string;
}
