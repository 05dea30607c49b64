const host = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;
const address = /^(127(\.\d{1,3}){3}|::1)$/;

/** Whether a Host names this machine to itself. */
export const isLoopbackHost = (name: string): boolean => host.test(name);

/** Whether a peer is this machine. */
export const isLoopbackAddress = (peer: string): boolean => address.test(peer);
