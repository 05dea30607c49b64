import { thisMachine, type Who } from "../../../functions/people/who.ts";
import { addImport } from "../../../functions/import/registered/imports.ts";
import { scratch } from "../../../infra/scratch.ts";
import { openParquet } from "../../../infra/parquet/parquet.ts";
import type { PanelPorts } from "../../../panel/ports.ts";
import { memoryFiles } from "../../support/doubles/memory-files.ts";
import { openPanel } from "../setup.ts";

export const someone = (role: Who["role"], seesPayloads = true): Who => ({
  ...thisMachine,
  name: "maria",
  role,
  seesPayloads,
  how: "session",
});

/** The panel with an import `crm`, where files can arrive. `who.one` asks. */
export async function openImports(changed: Partial<PanelPorts> = {}) {
  const keptFiles = memoryFiles();
  const who = { one: someone("admin") };
  const arrived = { times: 0 };
  const panel = await openPanel({
    uploads: { keptFiles, arrived: () => (arrived.times += 1), parquet: openParquet, scratch },
    personOf: () => who.one,
    ...changed,
  });
  const { ports, warehouse, ask } = panel;
  await warehouse.createDataset({ dataset: "afterclick", table: "" });
  await addImport(ports, thisMachine, { name: "crm", zone: "Europe/Amsterdam" });
  const post = async (
    path: string,
    fields: Record<string, string | string[]>,
    file?: { name: string; content: string | Uint8Array },
  ) => ask({ method: "POST", path, ...multipart(fields, file) });
  return { ...panel, keptFiles, who, arrived, post };
}

/** A form as a browser sends it. */
export function multipart(
  fields: Record<string, string | string[]>,
  file?: { name: string; content: string | Uint8Array },
): { headers: Record<string, string>; body: string } {
  const parts = Object.entries(fields).flatMap(([name, values]) =>
    [values]
      .flat()
      .map((value) => `--b0und\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
  );
  const { name, content } = file ?? { name: "", content: "" };
  const sent = `--b0und\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/csv\r\n\r\n`;
  const bytes = Buffer.concat([
    Buffer.from(parts.join("") + sent),
    Buffer.from(content),
    Buffer.from("\r\n--b0und--\r\n"),
  ]);
  return {
    headers: { "content-type": "multipart/form-data; boundary=b0und" },
    body: bytes as unknown as string,
  };
}

/** What stands in the page, without its tags. */
export const textOf = (body: unknown): string =>
  /<main.*?>(.*)<\/main>/s
    .exec(String(body))![1]!
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll("&amp;", "&")
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll(/\s+/g, " ");

/** As the form of an import is drawn. */
export const usualForm = {
  zone: "Europe/Amsterdam",
  due: "02:00",
  mode: "correct",
  expected: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
  encoding: "",
  number_format: "",
  date_format: "",
  header: "names",
  null_words: "",
  reject_rows: "10",
  reject_percent: "10",
  max_age_days: "400",
};
