import { bitrix24 } from "./crm/bitrix24.ts";
import { bitrix24Robot } from "./crm/bitrix24-robot.ts";
import { kommo } from "./crm/kommo.ts";
import { hubspotApp } from "./crm/hubspot-app.ts";
import { hubspotWorkflow } from "./crm/hubspot-workflow.ts";
import { salesforce } from "./crm/salesforce.ts";
import { pipedrive } from "./crm/pipedrive.ts";
import { zohoCrm } from "./crm/zoho-crm.ts";
import { zohoCrmNotifications } from "./crm/zoho-crm-notifications.ts";
import { zohoCommerce } from "./crm/zoho-commerce.ts";
import { tilda } from "./crm/tilda.ts";
import { googleAdsLeads } from "./crm/google-ads-leads.ts";
import { meta } from "./crm/meta.ts";
import { tiktok } from "./crm/tiktok.ts";
import { linkedin } from "./crm/linkedin.ts";
import { calendly } from "./forms/calendly.ts";
import { typeform } from "./forms/typeform.ts";
import { tally } from "./forms/tally.ts";
import { mailchimp } from "./forms/mailchimp.ts";
import { intercom } from "./forms/intercom.ts";
import { zendesk } from "./forms/zendesk.ts";
import { customerIo } from "./forms/customer-io.ts";
import { oneC } from "./forms/1c.ts";
import { shopify } from "./shops/shopify.ts";
import { woocommerce } from "./shops/woocommerce.ts";
import { stripe } from "./shops/stripe.ts";
import { square } from "./shops/square.ts";
import { adyen } from "./shops/adyen.ts";
import { mollie } from "./shops/mollie.ts";
import { gocardless } from "./shops/gocardless.ts";
import { chargebee } from "./shops/chargebee.ts";
import { recurly } from "./shops/recurly.ts";
import { paddle } from "./shops/paddle.ts";
import { appsflyer } from "./shops/appsflyer.ts";
import { postmark } from "./tools/postmark.ts";
import { mailgun } from "./tools/mailgun.ts";
import { sendgrid } from "./tools/sendgrid.ts";
import { twilio } from "./tools/twilio.ts";
import { telegram } from "./tools/telegram.ts";
import { slack } from "./tools/slack.ts";
import { zoom } from "./tools/zoom.ts";
import { microsoftGraph } from "./tools/microsoft-graph.ts";
import { sharepoint } from "./tools/sharepoint.ts";
import { dropbox } from "./tools/dropbox.ts";
import { xero } from "./tools/xero.ts";
import { github } from "./developers/github.ts";
import { gitlab } from "./developers/gitlab.ts";
import { jira } from "./developers/jira.ts";
import { bitbucket } from "./developers/bitbucket.ts";
import { airtable } from "./developers/airtable.ts";
import { standardWebhooks } from "./developers/standard-webhooks.ts";
import { svix } from "./developers/svix.ts";
import { polar } from "./developers/polar.ts";
import { wix } from "./developers/wix.ts";
import type { Preset } from "./preset.ts";

/** All senders that are known by a word. */
export const presets: readonly Preset[] = [
  bitrix24,
  bitrix24Robot,
  kommo,
  hubspotApp,
  hubspotWorkflow,
  salesforce,
  pipedrive,
  zohoCrm,
  zohoCrmNotifications,
  zohoCommerce,
  tilda,
  googleAdsLeads,
  meta,
  tiktok,
  linkedin,
  calendly,
  typeform,
  tally,
  mailchimp,
  intercom,
  zendesk,
  customerIo,
  oneC,
  shopify,
  woocommerce,
  stripe,
  square,
  adyen,
  mollie,
  gocardless,
  chargebee,
  recurly,
  paddle,
  appsflyer,
  postmark,
  mailgun,
  sendgrid,
  twilio,
  telegram,
  slack,
  zoom,
  microsoftGraph,
  sharepoint,
  dropbox,
  xero,
  github,
  gitlab,
  jira,
  bitbucket,
  airtable,
  standardWebhooks,
  svix,
  polar,
  wix,
];

const byName = new Map(presets.map((preset) => [preset.name, preset]));

export const presetOf = (name: string): Preset | undefined => byName.get(name);
