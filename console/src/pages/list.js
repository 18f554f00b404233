// SPDX-License-Identifier: Apache-2.0
// The pages in the order of the navigation. Who has none of a page's roles does not see it.
import key from "./key.js";
import now from "./now.js";

export default [
  now,
  key,
];
