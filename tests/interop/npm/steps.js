// Reads one step a line from standard input, answers each with a line: {answer}, or {refused, why}.
import { createInterface } from "node:readline";
import { Wallet } from "./wallet.js";

const lines = createInterface({ input: process.stdin });
let actor;

async function take({ step, ...order }) {
  if (step === "begin") {
    actor = new Wallet(order.attestation_signer);
    return {answer: {}, heard: []};
  }
  actor.heard.length = 0;
  try { 
  return { answer: await actor[step](order), heard: actor.heard };
  } catch (error) {
    return { refused: { name: error.constructor.name, message: error.message, stack: error.stack }, heard: actor.heard};
  }
}

for await (const line of lines) {
  const answer = await take(JSON.parse(line));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
