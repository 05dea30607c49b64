import type { Command } from "../command.ts";
import { visible } from "../terminal/visible.ts";

export const peopleIap: Command = {
  name: "people iap",
  summary: "say for whom Identity-Aware Proxy makes its assertions; nobody signs in by it before",
  args: [{ name: "AUDIENCE", says: "as IAP shows it: /projects/NUMBER/global/backendServices/NUMBER" }],
  options: {},
  notes: [
    "Google Cloud only. It holds the number of the load balancer's backend, which exists once Terraform has made it:",
    "Security, Identity-Aware Proxy, the backend's menu, Get JWT audience code.",
  ],
  async run(typed, { api, terminal }) {
    const { iap_audience } = await api.ask<{ iap_audience: string }>(
      { method: "POST", path: "/v1/iap", body: { audience: typed.args[0]! } },
      { iap_audience: "string" },
    );
    await terminal.out(`${visible(`People sign in by Identity-Aware Proxy for ${iap_audience}.`)}\n`);
  },
};
