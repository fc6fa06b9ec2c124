import { parseArgs } from "node:util";
import { formatIndiaTime } from "@x/core";
import { demoFolder } from "../desk-store.ts";
import { eventText } from "../watch.ts";
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
      if (heard.type === "event") {
        const text = eventText(heard.event);
        if (text !== undefined) print(heard.event.at, `${job}: ${heard.event.account}: ${text}`);
      }
      if (heard.type !== "report") return;
      const { report } = heard;
      if (report.kind === "order") print(report.at, `${job}: ${report.order.account}: order ${report.order.fate}`);
      else if (report.call.error !== undefined)
        print(report.at, `${job}: ${report.call.account}: ${report.call.error.code}, ${report.call.error.message}`);
    },
    changed: (job, pid) => print(Date.now(), `${job}: ${pid === undefined ? "ended" : `process ${pid}`}`),
  },
  { clockOffsetMs: 0, left: [] },
);
crew.start();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void crew.close());
