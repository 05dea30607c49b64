import { form, json, type Sender } from "./sender.ts";

/** CRMs and sources of leads. */
export const crms: readonly Sender[] = [
  {
    name: "Bitrix24 outgoing webhook",
    headers: { ...form, "user-agent": "Bitrix24 Webhook Engine" },
    body: "event=ONCRMDEALUPDATE&event_handler_id=51&data%5BFIELDS%5D%5BID%5D=77&ts=1795170000&auth%5Bdomain%5D=shop.bitrix24.ru&auth%5Bmember_id%5D=a223c6b3710f85df22e9377d6c4f7553",
    fields:
      '{"event":"ONCRMDEALUPDATE","event_handler_id":"51","data":{"FIELDS":{"ID":"77"}},"ts":"1795170000","auth":{"domain":"shop.bitrix24.ru","member_id":"a223c6b3710f85df22e9377d6c4f7553"}}',
    kept: { "user-agent": "Bitrix24 Webhook Engine" },
    key: "data[FIELDS][ID]",
    updated: "ts",
    later: { body: [["ts=1795170000", "ts=1795170060"]] },
  },
  {
    name: "Bitrix24 robot",
    headers: form,
    body: "document_id[]=crm&document_id[]=CCrmDocumentDeal&document_id[]=DEAL_77&auth[domain]=shop.bitrix24.ru",
    fields: '{"document_id":["crm","CCrmDocumentDeal","DEAL_77"],"auth":{"domain":"shop.bitrix24.ru"}}',
    kept: {},
    key: "document_id.2",
  },
  {
    name: "Kommo account webhook",
    headers: { ...form, "user-agent": "amoCRM-Webhooks/3.0" },
    body: "leads[status][0][id]=25399013&leads[status][0][status_id]=142&leads[status][0][old_status_id]=7039101&leads[status][0][last_modified]=1795170000&leads[status][1][id]=25399014&leads[status][1][status_id]=143&leads[status][1][last_modified]=1795170001&account[subdomain]=test&account[id]=7039099",
    fields:
      '{"leads":{"status":[{"id":"25399013","status_id":"142","old_status_id":"7039101","last_modified":"1795170000"},{"id":"25399014","status_id":"143","last_modified":"1795170001"}]},"account":{"subdomain":"test","id":"7039099"}}',
    kept: { "user-agent": "amoCRM-Webhooks/3.0" },
    items: "leads.status",
    itemCount: 2,
    key: ["^.account.id", "id"],
    updated: "last_modified",
    later: {
      body: [
        ["last_modified]=1795170000", "last_modified]=1795170100"],
        ["last_modified]=1795170001", "last_modified]=1795170101"],
        ["status_id]=142", "status_id]=143"],
      ],
    },
  },
  {
    name: "HubSpot app",
    headers: {
      ...json,
      "x-hubspot-signature-v3": "Rm9yZ2VkIHNpZ25hdHVyZSBmb3IgYSB0ZXN0",
      "x-hubspot-request-timestamp": "1795170000123",
    },
    body: '[{"eventId":3181526809,"subscriptionId":12,"portalId":62515,"occurredAt":1795170000123,"subscriptionType":"deal.propertyChange","attemptNumber":0,"objectId":246,"propertyName":"dealstage","propertyValue":"closedwon"},{"eventId":3181526810,"subscriptionId":12,"portalId":62515,"occurredAt":1795170000456,"subscriptionType":"deal.propertyChange","attemptNumber":0,"objectId":247,"propertyName":"amount","propertyValue":"120.13"}]',
    kept: { "x-hubspot-request-timestamp": "1795170000123" },
    items: "$",
    itemCount: 2,
    key: ["portalId", "objectId", "propertyName"],
    updated: "occurredAt",
    later: {
      body: [
        ["1795170000123", "1795170060123"],
        ["1795170000456", "1795170060456"],
        ["closedwon", "closedlost"],
      ],
    },
  },
  {
    name: "HubSpot workflow",
    headers: json,
    body: '{"vid":901,"portal-id":62515,"properties":{"email":{"value":"olena@example.com"},"lifecyclestage":{"value":"customer"},"lastmodifieddate":{"value":"1795170000123"}}}',
    kept: {},
    key: ["portal-id", "vid"],
    updated: "properties.lastmodifieddate.value",
    later: {
      body: [
        ["1795170000123", "1795170060123"],
        ['"customer"', '"evangelist"'],
      ],
    },
  },
  {
    name: "Salesforce outbound message",
    headers: { "content-type": "text/xml; charset=utf-8", soapaction: '""' },
    body: '<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n <soapenv:Body>\n  <notifications xmlns="http://soap.sforce.com/2005/09/outbound">\n   <OrganizationId>00D5g000004kABC</OrganizationId>\n   <SessionId xsi:nil="true"/>\n   <Notification><Id>04l5g00001</Id><sObject xsi:type="sf:Opportunity" xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>0065g00000A</sf:Id><sf:StageName>Closed Won</sf:StageName><sf:LastModifiedDate>2026-11-20T10:00:00.000Z</sf:LastModifiedDate></sObject></Notification>\n   <Notification><Id>04l5g00002</Id><sObject xsi:type="sf:Opportunity" xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>0065g00000B</sf:Id><sf:StageName>R&amp;D</sf:StageName><sf:LastModifiedDate>2026-11-20T10:00:01.000Z</sf:LastModifiedDate></sObject></Notification>\n  </notifications>\n </soapenv:Body>\n</soapenv:Envelope>',
    fields:
      '{"soapenv:Envelope":{"soapenv:Body":{"notifications":{"OrganizationId":"00D5g000004kABC","SessionId":{"@xsi:nil":"true"},"Notification":[{"Id":"04l5g00001","sObject":{"@xsi:type":"sf:Opportunity","sf:Id":"0065g00000A","sf:StageName":"Closed Won","sf:LastModifiedDate":"2026-11-20T10:00:00.000Z"}},{"Id":"04l5g00002","sObject":{"@xsi:type":"sf:Opportunity","sf:Id":"0065g00000B","sf:StageName":"R&D","sf:LastModifiedDate":"2026-11-20T10:00:01.000Z"}}]}}}}',
    kept: {},
    items: "soapenv:Envelope.soapenv:Body.notifications.Notification",
    itemCount: 2,
    key: "sObject.sf:Id",
    updated: "sObject.sf:LastModifiedDate",
    later: {
      body: [
        ["10:00:00.000Z", "10:05:00.000Z"],
        ["10:00:01.000Z", "10:05:01.000Z"],
        ["Closed Won", "Closed Lost"],
      ],
    },
  },
  {
    name: "Pipedrive v2",
    headers: { ...json, authorization: "Basic dTpw", "user-agent": "Pipedrive Webhooks" },
    body: '{"meta":{"action":"change","entity":"deal","entity_id":"7","id":"5c1a2d2e-0f3c-4d4e-9f49-94b1de7c2a01","attempt":1,"timestamp":"2026-11-20T10:00:00.123Z","version":"2.0","correlation_id":"cfbe4bc4"},"data":{"id":7,"status":"won","value":500},"previous":{"status":"open"}}',
    kept: { "user-agent": "Pipedrive Webhooks" },
    key: ["meta.entity", "meta.entity_id"],
    updated: "meta.timestamp",
    later: {
      body: [
        ["10:00:00.123Z", "10:00:00.124Z"],
        ['"won"', '"lost"'],
      ],
    },
  },
  {
    name: "Zoho CRM workflow",
    headers: { ...form, "user-agent": "https://crm.zoho.com/" },
    body: "deal_id=4150868000000624001&stage=Closed+Won&amount=1%C2%A0200%2C50&modified=2026-11-20T10%3A00%3A00%2B05%3A30",
    fields:
      '{"deal_id":"4150868000000624001","stage":"Closed Won","amount":"1\u00a0200,50","modified":"2026-11-20T10:00:00+05:30"}',
    kept: { "user-agent": "https://crm.zoho.com/" },
    key: "deal_id",
    updated: "modified",
    later: { body: [["10%3A00%3A00%2B05", "10%3A01%3A00%2B05"]] },
  },
  {
    name: "Zoho CRM notification",
    headers: json,
    body: '{"server_time":1795170000123,"module":"Deals","ids":["4150868000000624001"],"operation":"update","channel_id":"1105420521015"}',
    kept: {},
    key: ["module", "ids.0"],
    updated: "server_time",
    later: {
      body: [
        ["1795170000123", "1795170000124"],
        ['"update"', '"delete"'],
      ],
    },
  },
  {
    name: "Zoho Commerce",
    headers: { ...form, "x-zoho-event": "salesorder.paid" },
    body: '{"salesorder":{"salesorder_id":"460000000039129","status":"paid","total":120.13,"last_modified_time":"2026-11-20T10:00:00+0530"}}',
    kept: { "x-zoho-event": "salesorder.paid" },
    key: "salesorder.salesorder_id",
    updated: "salesorder.last_modified_time",
    later: {
      body: [
        ["T10:00:00+0530", "T10:00:01+0530"],
        ['"paid"', '"void"'],
      ],
    },
  },
  {
    name: "Tilda form",
    headers: { ...form, "user-agent": "Tilda" },
    body: "Name=%D0%9E%D0%BB%D0%B5%D0%BD%D0%B0&Phone=%2B380+44+123&tranid=123456%3A789&formid=form45&COOKIES=_ga%3DGA1.2",
    fields:
      '{"Name":"Олена","Phone":"+380 44 123","tranid":"123456:789","formid":"form45","COOKIES":"_ga=GA1.2"}',
    kept: { "user-agent": "Tilda" },
    key: "tranid",
  },
  {
    name: "Google Ads lead form",
    headers: { ...json, "user-agent": "Google-Ads-Webhook" },
    body: '{"lead_id":"TeSter-123-ABCDEFGHIJKLMNOPQRSTUVWXYZ","user_column_data":[{"column_id":"EMAIL","column_name":"User Email","string_value":"test@example.com"}],"api_version":"1.0","form_id":40000000000,"campaign_id":9007199254740993,"adgroup_id":20000000000,"creative_id":30000000000,"gcl_id":"abc","is_test":true,"lead_submit_time":"2026-11-20T10:00:00Z"}',
    kept: { "user-agent": "Google-Ads-Webhook" },
    key: "lead_id",
    updated: "lead_submit_time",
    later: { body: [["T10:00:00Z", "T10:00:01Z"]] },
  },
  {
    name: "Meta leadgen",
    headers: { ...json, "x-hub-signature-256": "sha256=00", "user-agent": "facebookexternalua" },
    body: '{"object":"page","entry":[{"id":"153125381133","time":1795170001,"changes":[{"field":"leadgen","value":{"leadgen_id":"123123123123","form_id":"12312312312","created_time":1795170000}},{"field":"leadgen","value":{"leadgen_id":"123123123124","form_id":"12312312312","created_time":1795170001}}]},{"id":"153125381134","time":1795170002,"changes":[{"field":"leadgen","value":{"leadgen_id":"123123123125","form_id":"12312312313","created_time":1795170002}}]}]}',
    kept: { "user-agent": "facebookexternalua" },
    items: "entry.*.changes",
    itemCount: 3,
    key: "value.leadgen_id",
    updated: "value.created_time",
    later: { body: [['"created_time":17951700', '"created_time":17951701']] },
  },
  {
    name: "TikTok",
    headers: { ...json, "tiktok-signature": "t=1795170000,s=00" },
    body: '{"client_key":"bwo2m45353a6k85","event":"video.publish.completed","create_time":1795170000,"user_openid":"act.example12345","content":"{\\"share_id\\":\\"video.6974245311675353080.VDCxrcMJ\\"}"}',
    kept: {},
    key: "user_openid",
    updated: "create_time",
    later: {
      body: [
        ["1795170000", "1795170001"],
        ["completed", "failed"],
      ],
    },
  },
  {
    name: "LinkedIn Lead Sync",
    headers: { ...json, "x-li-signature": "hmacsha256=00" },
    body: '{"type":"LEAD_ACTION","leadGenFormResponse":"urn:li:leadGenFormResponse:1d8-4","leadAction":"CREATED","occurredAt":1795170000123,"notificationId":"n-1"}',
    kept: {},
    key: "leadGenFormResponse",
    updated: "occurredAt",
    later: {
      body: [
        ["1795170000123", "1795170000124"],
        ["CREATED", "DELETED"],
      ],
    },
  },
  {
    name: "Calendly",
    headers: { ...json, "calendly-webhook-signature": "t=1795170000,v1=00" },
    body: '{"event":"invitee.created","created_at":"2026-11-20T10:00:00.000000Z","payload":{"uri":"https://api.calendly.com/scheduled_events/A/invitees/B","status":"active","updated_at":"2026-11-20T10:00:00.123456Z"}}',
    kept: {},
    key: "payload.uri",
    updated: "payload.updated_at",
    later: {
      body: [
        ["00.123456Z", "00.123457Z"],
        ['"active"', '"canceled"'],
      ],
    },
  },
];
