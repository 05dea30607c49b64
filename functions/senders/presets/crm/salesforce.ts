import type { Preset } from "../preset.ts";

export const salesforce: Preset = {
  name: "salesforce",
  label: "Salesforce outbound message",
  answer: "soap-ack",
  items: "soapenv:Envelope.soapenv:Body.notifications.Notification",
  key: "sObject.sf:Id",
  updated: "sObject.sf:LastModifiedDate",
  notes: [
    "It proves nothing: the address is the key. `auth` of the scheme account, at soapenv:Envelope.soapenv:Body.notifications.OrganizationId, lets one organization in alone.",
    "Any other answer than the Ack counts as a failure, and it sends again for 24 hours.",
    "Choose LastModifiedDate among the fields.",
  ],
};
