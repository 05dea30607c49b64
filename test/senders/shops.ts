import { form, json, type Sender } from "./sender.ts";

/** Shops and payments. */
export const shops: readonly Sender[] = [
  {
    name: "Shopify",
    headers: {
      ...json,
      "x-shopify-topic": "orders/updated",
      "x-shopify-shop-domain": "example.myshopify.com",
      "x-shopify-hmac-sha256": "00",
      "x-shopify-webhook-id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
      "x-shopify-triggered-at": "2026-11-20T10:00:00.123456789Z",
    },
    body: '{"id":820982911946154508,"financial_status":"paid","total_price":"120.13","updated_at":"2026-11-20T05:00:00-05:00"}',
    kept: {
      "x-shopify-topic": "orders/updated",
      "x-shopify-shop-domain": "example.myshopify.com",
      "x-shopify-webhook-id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
      "x-shopify-triggered-at": "2026-11-20T10:00:00.123456789Z",
    },
    key: ["header:x-shopify-shop-domain", "id"],
    updated: "header:x-shopify-triggered-at",
    later: {
      headers: { "x-shopify-triggered-at": "2026-11-20T10:00:01.123456789Z" },
      body: [['"paid"', '"refunded"']],
    },
  },
  {
    name: "WooCommerce",
    headers: {
      ...json,
      "x-wc-webhook-source": "https://shop.example/",
      "x-wc-webhook-topic": "order.updated",
      "x-wc-webhook-signature": "00",
      "x-wc-webhook-delivery-id": "aa11",
    },
    body: '{"id":727,"status":"completed","date_modified":"2026-11-20T12:00:00","date_modified_gmt":"2026-11-20T10:00:00","total":"29.35"}',
    kept: {
      "x-wc-webhook-source": "https://shop.example/",
      "x-wc-webhook-topic": "order.updated",
      "x-wc-webhook-delivery-id": "aa11",
    },
    key: ["header:x-wc-webhook-source", "id"],
    updated: "date_modified_gmt",
    later: {
      body: [
        ["T10:00:00", "T10:00:01"],
        ["completed", "refunded"],
      ],
    },
  },
  {
    name: "Stripe snapshot",
    headers: { ...json, "stripe-signature": "t=1795170000,v1=00", "user-agent": "Stripe/1.0" },
    body: '{"id":"evt_1NG8Du2eZvKYlo2CUI79vXWy","object":"event","created":1795170000,"type":"charge.succeeded","data":{"object":{"id":"ch_3NG8","object":"charge","amount":2000,"status":"succeeded"}}}',
    kept: { "user-agent": "Stripe/1.0" },
    key: "data.object.id",
    updated: "created",
    later: {
      body: [
        ["1795170000", "1795170001"],
        ["charge.succeeded", "charge.refunded"],
      ],
    },
  },
  {
    name: "Square",
    headers: { ...json, "x-square-hmacsha256-signature": "00", "square-version": "2026-01-01" },
    body: '{"merchant_id":"6SSW7HV8K2ST5","type":"payment.updated","event_id":"6a8f5f28","created_at":"2026-11-20T10:00:00.5Z","data":{"type":"payment","id":"hYy9pRFV","object":{"payment":{"id":"hYy9pRFV","status":"COMPLETED","updated_at":"2026-11-20T10:00:00.25Z"}}}}',
    kept: {},
    key: "data.id",
    updated: "data.object.payment.updated_at",
    later: {
      body: [
        ["00.25Z", "00.3Z"],
        ["COMPLETED", "CANCELED"],
      ],
    },
  },
  {
    name: "Adyen",
    headers: { ...json, authorization: "Basic dTpw" },
    body: '{"live":"false","notificationItems":[{"NotificationRequestItem":{"eventCode":"AUTHORISATION","success":"true","eventDate":"2026-11-20T11:00:00+01:00","merchantAccountCode":"Shop","pspReference":"7914073381342284"}}]}',
    kept: {},
    items: "notificationItems",
    itemCount: 1,
    key: ["NotificationRequestItem.merchantAccountCode", "NotificationRequestItem.pspReference"],
    updated: "NotificationRequestItem.eventDate",
    later: {
      body: [
        ["T11:00:00+01:00", "T11:00:10+01:00"],
        ["AUTHORISATION", "CANCELLATION"],
      ],
    },
  },
  {
    name: "Mollie",
    headers: { ...form, "user-agent": "Mollie HTTP client/1.0" },
    body: "id=tr_d0b0E3EA3v",
    fields: '{"id":"tr_d0b0E3EA3v"}',
    kept: { "user-agent": "Mollie HTTP client/1.0" },
    key: "id",
  },
  {
    name: "GoCardless",
    headers: { ...json, "webhook-signature": "00", "user-agent": "gocardless-webhook-service/1.1" },
    body: '{"events":[{"id":"EV123","created_at":"2026-11-20T10:00:00.123Z","action":"confirmed","resource_type":"payments","links":{"payment":"PM123"}},{"id":"EV124","created_at":"2026-11-20T10:00:01.123Z","action":"failed","resource_type":"payments","links":{"payment":"PM124"}}]}',
    kept: { "user-agent": "gocardless-webhook-service/1.1" },
    items: "events",
    itemCount: 2,
    key: "links.payment",
    updated: "created_at",
    later: {
      body: [
        ["10:00:00.123Z", "10:00:05.123Z"],
        ["10:00:01.123Z", "10:00:06.123Z"],
        ["confirmed", "paid_out"],
      ],
    },
  },
  {
    name: "Chargebee",
    headers: { ...json, authorization: "Basic dTpw" },
    body: '{"id":"ev_16BHbhF4s42tO2lK","occurred_at":1795170000,"source":"admin_console","object":"event","content":{"subscription":{"id":"8avVGOkx8U1MX","status":"active","resource_version":1795170000123}},"event_type":"subscription_created"}',
    kept: {},
    key: "content.subscription.id",
    updated: "content.subscription.resource_version",
    later: {
      body: [
        ["1795170000123", "1795170000124"],
        ['"active"', '"cancelled"'],
      ],
    },
  },
  {
    name: "Recurly",
    headers: { "content-type": "application/xml; charset=utf-8", authorization: "Basic dTpw" },
    body: '<?xml version="1.0" encoding="UTF-8"?>\n<renewed_subscription_notification>\n  <account>\n    <account_code>1</account_code>\n    <company_name nil="true"></company_name>\n  </account>\n  <subscription>\n    <uuid>d1b6d359a01ded71caed78eaa0fedf8e</uuid>\n    <state>active</state>\n    <quantity type="integer">1</quantity>\n    <current_period_started_at type="datetime">2026-11-20T10:00:00Z</current_period_started_at>\n  </subscription>\n</renewed_subscription_notification>',
    fields:
      '{"renewed_subscription_notification":{"account":{"account_code":"1","company_name":{"@nil":"true"}},"subscription":{"uuid":"d1b6d359a01ded71caed78eaa0fedf8e","state":"active","quantity":{"@type":"integer","$":"1"},"current_period_started_at":{"@type":"datetime","$":"2026-11-20T10:00:00Z"}}}}',
    kept: {},
    key: "renewed_subscription_notification.subscription.uuid",
    updated: "renewed_subscription_notification.subscription.current_period_started_at.$",
    later: { body: [["2026-11-20T10", "2026-12-20T10"]] },
  },
  {
    name: "Postmark",
    headers: { ...json, "user-agent": "Postmark" },
    body: '{"RecordType":"Delivery","MessageID":"883953f4-6105-42a2-a16a-77a8eac79483","Recipient":"john@example.com","DeliveredAt":"2026-11-20T10:00:00.1234567Z","Tag":"welcome"}',
    kept: { "user-agent": "Postmark" },
    key: ["MessageID", "Recipient"],
    updated: "DeliveredAt",
    later: { body: [["00.1234567Z", "00.2234567Z"]] },
  },
  {
    name: "Paddle",
    headers: { ...json, "paddle-signature": "ts=1795170000;h1=00" },
    body: '{"event_id":"evt_01hv8","event_type":"subscription.updated","occurred_at":"2026-11-20T10:00:00.684423Z","notification_id":"ntf_01hv8","data":{"id":"sub_01hv8","status":"active"}}',
    kept: {},
    key: "data.id",
    updated: "occurred_at",
    later: {
      body: [
        ["00.684423Z", "00.684424Z"],
        ['"active"', '"paused"'],
      ],
    },
  },
  {
    name: "A Standard Webhooks sender",
    headers: {
      ...json,
      "webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
      "webhook-timestamp": "1795170000",
      "webhook-signature": "v1,00",
    },
    body: '{"type":"order.refunded","data":{"id":"ord_1","total":"120.13"}}',
    kept: { "webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", "webhook-timestamp": "1795170000" },
    key: "data.id",
    updated: "header:webhook-timestamp",
    later: { headers: { "webhook-timestamp": "1795170001" }, body: [["refunded", "reopened"]] },
  },
];
