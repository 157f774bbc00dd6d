// One line of JSON in, one line out: first who takes the steps, then a step and its outcome.
import { createInterface } from "node:readline";
import { Shop } from "./shop.js";
import { Wallet } from "./wallet.js";

const ROLES = { wallet: (order) => new Wallet(order), shop: (order) => new Shop(order) };

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { role, ...beginning } = JSON.parse((await lines.next()).value);
const actor = ROLES[role](beginning);

for await (const line of lines) {
  const { step, ...order } = JSON.parse(line);
  const outcome = await taken(step, order);
  process.stdout.write(`${JSON.stringify({ ...outcome, heard: actor.heard?.splice(0) })}\n`);
}

async function taken(step, order) {
  try {
    return { answer: (await actor[step](order)) ?? {} };
  } catch (error) {
    return { failed: `${error.name}: ${error.message}`, trace: error.stack };
  }
}
