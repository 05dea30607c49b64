/** Where the admin API listens on a machine, and where the command line looks for it, unless
 *  ADMIN_PORT says another. */
export const adminPortUsual = 8081;

/** What commands need that are to reach this server; empty where they find it by themselves. */
export function urlOption(adminUrl: string): string {
  return new URL(adminUrl).port === String(adminPortUsual) ? "" : ` --url ${adminUrl}`;
}
