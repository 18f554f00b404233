// SPDX-License-Identifier: Apache-2.0
// Steps of an explanation, by the question that they answer.

const QUESTIONS = [
  ["Rule", ["operation", "condition", "contract", "identity", "work", "reversal", "rerated", "order", "hold", "overdue"]],
  ["Formula with its numbers", ["quantity", "interval"]],
  ["Rounding", ["rounding"]],
  ["Price version", ["price"]],
  ["Package, plan or tier", ["funding", "balance", "tier"]],
  ["Amount", ["amount"]],
];

/** [[question, [texts]]] of what is answered. */
export const answersOf = (steps) => QUESTIONS.map(([question, topics]) =>
  [question, steps.filter((step) => topics.includes(step.topic)).map((step) => step.text)])
  .filter(([, texts]) => texts.length > 0);

/** Where it is written, each once. */
export const sourcesOf = (steps) => [...new Set(steps.map((step) => step.source).filter(Boolean))];
