// SPDX-License-Identifier: Apache-2.0
// The pages in the order of the navigation. Who has none of a page's roles does not see it.
// Page: the default of its module.
import Now from "./now.js";
import Accounts from "./accounts.js";
import Usage from "./usage.js";
import Bills from "./bills.js";
import Explain from "./explain.js";
import Calculator from "./calculator.js";
import Tariffs from "./tariffs.js";
import Events from "./events.js";
import Approvals from "./approvals.js";
import Audit from "./audit.js";
import Key from "./key.js";

export default [
  { path: "now", title: "Now", roles: ["read", "admin"], Page: Now },
  { path: "accounts", title: "Accounts", roles: ["read", "billing", "customer"], Page: Accounts },
  { path: "usage", title: "Usage", roles: ["read", "billing", "customer"], Page: Usage },
  { path: "bills", title: "Bills", roles: ["read", "billing", "customer"], Page: Bills },
  { path: "explain", title: "Explain", roles: ["read", "billing", "customer"], Page: Explain },
  { path: "calculator", title: "Calculator", roles: ["read"], Page: Calculator },
  { path: "tariffs", title: "Tariffs", roles: ["read", "pricing", "approve"], Page: Tariffs },
  { path: "events", title: "Events", roles: ["read", "billing", "customer"], Page: Events },
  { path: "approvals", title: "Approvals", roles: ["approve", "billing", "pricing", "admin", "audit"], Page: Approvals },
  { path: "audit", title: "Audit", roles: ["audit"], Page: Audit },
  { path: "key", title: "Your key", roles: [], Page: Key },
];
