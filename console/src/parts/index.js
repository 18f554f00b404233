// SPDX-License-Identifier: Apache-2.0
// All parts, for pages. Columns come first: actions, which Actions imports, make some when they are loaded.
export * from "./columns.js";
export { Actions, hasActions } from "./Actions.js";
export { Act } from "./Act.js";
export { Chart } from "./Chart.js";
export { Confirm, Dialog } from "./Dialog.js";
export { Facts } from "./Facts.js";
export { Field, Tick } from "./Field.js";
export { Form, useFields } from "./Form.js";
export { Lines } from "./Lines.js";
export { Meter } from "./Meter.js";
export { Asked, Loading, Notice, ProblemNotice } from "./Notice.js";
export { Money, Quantity } from "./Money.js";
export { Pager } from "./Pager.js";
export { Csv, List, Table } from "./Table.js";
export { Tabs } from "./Tabs.js";
export { When } from "./When.js";
