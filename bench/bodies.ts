import type { Order } from "./load.ts";

export const exampleStream = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";

/** A form and a JSON document, as CRMs send them. */
export const bodies: Order["bodies"] = [
  {
    contentType: "application/x-www-form-urlencoded",
    body: "orderId=N1&status=delivered&total=120.13&userId=U1",
  },
  {
    contentType: "application/json",
    body: JSON.stringify({
      orderId: "N1",
      status: "delivered",
      total: 120.13,
      currency: "EUR",
      userId: "U1",
      deliveredAt: "2026-11-20T10:15:00Z",
      lines: [
        { sku: "A-100", quantity: 2, price: 40.04 },
        { sku: "B-7", quantity: 1, price: 40.05 },
      ],
      address: { city: "Utrecht", country: "NL" },
    }),
  },
];
