import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtVariable } from "../desk/page-build.ts";

const built = process.env[builtVariable];

/** The variables with which the processes of all tests compile their programs once, and take what was built for all of them. */
export const compileCache: Readonly<Record<string, string>> = {
  NODE_COMPILE_CACHE: join(tmpdir(), "broker-auth-desk-compiled"),
  ...(built === undefined ? {} : { [builtVariable]: built }),
};
