import { parseArgs } from "node:util";
import { formatIndiaTime } from "@x/core";
import { demoFolder } from "../desk-store.ts";
import { Crew } from "./crew.ts";
import { jobNames } from "./job-name.ts";

// The strategy without a page: node --conditions=@x/source apps/demo/src/strategy/main.ts --config broker-auth.yaml
const { values } = parseArgs({
  options: {
    config: { type: "string", default: "broker-auth.yaml" },
    folder: { type: "string", default: demoFolder(process.env) },
  },
});
const print = (at: number, text: string): void => void process.stdout.write(`${formatIndiaTime(at)}  ${text}\n`);

const crew = new Crew(
  {
    jobs: jobNames,
    config: values.config,
    folder: values.folder,
    env: process.env,
    sandbox: {},
    heard(job, heard) {
      if (heard.type === "trouble") print(Date.now(), `${job}: ${heard.message}`);
      if (heard.type === "event") print(heard.event.at, `${job}: ${heard.event.account} ${heard.event.type}`);
      if (heard.type === "report" && heard.report.kind === "order")
        print(heard.report.at, `${job}: order ${heard.report.order.fate}`);
      if (heard.type === "report" && heard.report.kind === "call" && heard.report.call.error !== undefined)
        print(heard.report.at, `${job}: ${heard.report.call.account} ${heard.report.call.error.code}`);
    },
    changed: (job, pid) => print(Date.now(), `${job}: ${pid === undefined ? "ended" : `process ${pid}`}`),
  },
  { clockOffsetMs: 0, left: [] },
);
crew.start();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void crew.close());
