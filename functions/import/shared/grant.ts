import { tableName, type TableRef } from "../../table.ts";

/** What whoever owns a table has to do so that we may read it, and nothing else. */

/** Whom it is granted to, and whose tables those are that name no project. */
export interface Sharing {
  readonly account: string;
  readonly project: string;
}

export interface Grant {
  readonly account: string;
  readonly role: string;
  readonly sql: string;
  readonly command: string;
  /** Where it is done by hand: an address, and the way from there. */
  readonly address: string;
  readonly steps: string;
}

export function grantOf({ account, project: own }: Sharing, table: TableRef): Grant {
  const { project = own, dataset } = table;
  const name = tableName({ ...table, project });
  const ws = `!1m5!1m4!4m3!1s${project}!2s${dataset}!3s${table.table}`;
  return {
    account,
    role: "BigQuery Data Viewer",
    sql: `GRANT \`roles/bigquery.dataViewer\` ON TABLE \`${name}\` TO "serviceAccount:${account}"`,
    command:
      `bq add-iam-policy-binding --table=true --role=roles/bigquery.dataViewer ` +
      `--member=serviceAccount:${account} ${project}:${dataset}.${table.table}`,
    address: `https://console.cloud.google.com/bigquery?${new URLSearchParams({ project, ws }).toString()}`,
    steps: `BigQuery > ${project} > ${dataset} > ${table.table} > Share > Manage permissions > Add principal`,
  };
}

/** What is said beside it. */
export const grantWords =
  "On this one table, nothing on the project. For a view, authorize it in the datasets of its tables. " +
  "Queries run and are billed on the side of Afterclick.";
export const widerWords =
  "More than this table is open to the account: a role on its dataset or its project works too, and is too much. Take it away once the table is granted.";
