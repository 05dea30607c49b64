import { streamRef } from "../../../functions/stream-ref.ts";

export const id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";

export const other = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";

export const hitId = "3f0c2b1e-0000-4000-8000-000000000000";

export const leads = {
  id,
  name: "Leads",
  table: "crm.leads",
  offset: "+03:00",
  state: "active",
  endpoint: `https://hits.example.com/ds/${id}`,
  curl: `curl -d orderId=N1 https://hits.example.com/ds/${id}`,
  valid: true,
  problems: [],
  warnings: ["the dataset crm does not exist"],
  reachable: true,
};

export const orders = { ...leads, id: other, name: "Orders", warnings: [] };

export const letter = {
  hit_id: hitId,
  stream_ref: streamRef(id),
  received_at: 1603131452000,
  date: "2020-10-19",
  reason: "schema_differs",
  detail: "The table crm.leads cannot take the rows: date is missing.",
  attempt: 0,
  at: 1603131453000,
  state: "waiting",
  bytes: 9,
};

export const searched = { tables: ["crm.leads"], dead_letters: true, queue: true };

export const row = {
  hit_id: hitId,
  payload: "orderId=N1",
  received_at: 1603131452000,
  date: "2020-10-19",
  query: null,
};
