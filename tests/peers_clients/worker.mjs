// A worker on the official JavaScript client. It prints one line of JSON per thing that it saw, and ends by itself.
import { Client, Variables } from "./camunda-external-task-client.bundle.mjs";

const [base] = process.argv.slice(2);
const client = new Client({ baseUrl: base, workerId: "js", asyncResponseTimeout: 2000, interval: 50, lockDuration: 10000 });
const say = (what) => console.log(JSON.stringify(what));
let failures = 0;

client.subscribe("quote", async ({ task, taskService }) => {
  const paper = task.variables.get("paper");
  const whole = await paper.load();
  say({ topic: "quote", variables: task.variables.getAll().item, paper: String(whole.content), key: task.businessKey });
  await taskService.extendLock(task, 20000);
  const results = new Variables();
  results.set("price", 12);
  results.set("note", "fine");
  results.setTyped("when", { type: "date", value: new Date("2026-01-02T03:04:05.000Z"), valueInfo: {} });
  results.setTyped("details", { type: "json", value: { parts: [1, 2] }, valueInfo: {} });
  results.setTyped("big", { type: "long", value: 5, valueInfo: {} });
  await taskService.complete(task, results);
});

client.subscribe("risky", async ({ task, taskService }) => {
  say({ topic: "risky", retries: task.retries, price: task.variables.get("price") });
  if (failures++ === 0) {
    await taskService.handleFailure(task, { errorMessage: "no", errorDetails: "more", retries: 2, retryTimeout: 0 });
  } else if (failures === 2) {
    await taskService.unlock(task);
  } else {
    await taskService.complete(task);
  }
});

client.subscribe("check", async ({ task, taskService }) => {
  say({ topic: "check", when: task.variables.get("when"), details: task.variables.get("details") });
  await taskService.handleBpmnError(task, "REFUSED", "not for us", new Variables().set("reason", "size"));
  say({ topic: "done" });
  client.stop();
});

client.on("complete:error", (task, problem) => say({ error: "complete", message: problem.message }));
client.on("poll:error", (problem) => say({ error: "poll", message: problem.message }));
