// SPDX-License-Identifier: Apache-2.0
// The pages in the order of the navigation. Who has none of a page's roles does not see it. Each is loaded when it is
// opened; its module's default is the component.
export default [
  { path: "now", title: "Now", roles: ["read", "admin"], load: () => import("./now.js") },
  { path: "accounts", title: "Accounts", roles: ["read", "billing", "customer"], load: () => import("./accounts.js") },
  { path: "usage", title: "Usage", roles: ["read", "billing", "customer"], load: () => import("./usage.js") },
  { path: "bills", title: "Bills", roles: ["read", "billing", "customer"], load: () => import("./bills.js") },
  { path: "explain", title: "Explain", roles: ["read", "billing", "customer"], load: () => import("./explain.js") },
  { path: "calculator", title: "Calculator", roles: ["read"], load: () => import("./calculator.js") },
  { path: "tariffs", title: "Tariffs", roles: ["read", "pricing", "approve"], load: () => import("./tariffs.js") },
  { path: "events", title: "Events", roles: ["read", "billing", "customer"], load: () => import("./events.js") },
  { path: "approvals", title: "Approvals", roles: ["approve", "billing", "pricing", "admin", "audit"], load: () => import("./approvals.js") },
  { path: "audit", title: "Audit", roles: ["audit"], load: () => import("./audit.js") },
  { path: "key", title: "Your key", roles: [], load: () => import("./key.js") },
];
