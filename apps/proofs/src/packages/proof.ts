import { fileURLToPath } from "node:url";
import { linesOf } from "../workers/lines.ts";
import { counted, exactly, type Proof, type ProofRow, told } from "../harness/proof.ts";

interface Finding extends ProofRow {
  readonly problems: readonly string[];
}

const script = new URL("../../../../scripts/prove-packages.mjs", import.meta.url);
/** What a stranger compiles and runs, with what it leans on. */
const programs = [
  new URL("./package-consumer.ts", import.meta.url),
  new URL("./package-runtime.ts", import.meta.url),
  new URL("./package-client.ts", import.meta.url),
  new URL("./web-program.ts", import.meta.url),
];

/** Asked for by name only: it builds, and it fetches compilers and runtimes from the npm registry. */
export const proof: Proof = {
  promises: ["P12"],
  bar: "as npm installs the tarballs: 0 install scripts in the tree; publint and attw without a remark; compiled by TypeScript 5.9, 6 and 7 with skipLibCheck off; logins on Node 22, 24 and 26, Bun and Deno. What was not run has not passed",
  async run({ directory, scale }) {
    const paths = [script, ...programs].map((file) => fileURLToPath(file));
    const lines = await linesOf([process.execPath, paths[0]!, directory, scale, ...paths.slice(1)]);
    const findings = lines.map((line) => JSON.parse(line) as Finding);
    const howMany = (outcome: ProofRow["outcome"]): number =>
      findings.filter((finding) => finding.outcome === outcome).length;
    return {
      ...counted({
        "things looked at": told(findings.length),
        failed: exactly(howMany("failed"), 0),
        "not run": exactly(howMany("not run"), 0),
      }),
      rows: findings.map(({ what, outcome, found, problems }) => ({
        what,
        outcome,
        found: [found, ...problems].join("\n"),
      })),
    };
  },
};
