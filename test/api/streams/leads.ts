export const leads = { table: "crm.leads", offset: "+03:00", name: "Leads" };

export const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
