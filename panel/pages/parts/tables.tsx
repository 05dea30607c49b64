import { Cells } from "../../parts/cells.tsx";
import { Block } from "../../parts/frame.tsx";
import { BackAndOn } from "../../parts/pages.tsx";
import { Statements } from "../../islands/query-history.tsx";

/** What the table browser is made of. */
export function TableParts() {
  const hit = "05b5c783-ef83-4cd9-b64d-dbd7da9b083e";
  return (
    <Block id="cells" title="Rows, pages without a number, statements">
      <Cells
        id="t-cells"
        caption="Cells: a text, one that acts, a long one, bytes, an object, NULL, nothing"
        columns={["hit_id", "payload", "received_at", "more"]}
        rows={[
          [
            { value: hit, href: "#cells" },
            { value: "orderId=N1&status=delivered" },
            { value: 1603131452000 },
            { value: null },
          ],
          [
            { value: hit },
            { value: "\u202etxt.exe\u0007 <script>" },
            { value: 1603131452001 },
            { value: Uint8Array.of(255, 0) },
          ],
          [{ value: hit }, { value: "x=".repeat(400) }, { value: 0 }, { value: { a: [1] } }],
          [{ value: hit }, { value: "" }, { value: -1 }, { value: false }],
        ]}
      />
      <BackAndOn back="#cells" on="#cells" />
      <Statements
        statements={[
          "SELECT date, count(*) AS hits FROM shop.orders_unique GROUP BY date",
          "SELECT * FROM shop.orders WHERE date >= '2026-11-21' LIMIT 100",
          `SELECT ${Array.from({ length: 40 }, (_, index) => `column_${index}`).join(", ")} FROM shop.orders`,
        ]}
      />
    </Block>
  );
}
