// SPDX-License-Identifier: Apache-2.0
// The pages in the order of the navigation. Who has none of a page's roles does not see it.
import accounts from "./accounts.js";
import bills from "./bills.js";
import explain from "./explain.js";
import key from "./key.js";
import now from "./now.js";
import usage from "./usage.js";

export default [
  now,
  accounts,
  usage,
  bills,
  explain,
  key,
];
