import { tmpdir } from "node:os";
import { join } from "node:path";

/** The variable with which the processes of all tests compile their programs once. */
export const compileCache: { readonly NODE_COMPILE_CACHE: string } = {
  NODE_COMPILE_CACHE: join(tmpdir(), "broker-auth-desk-compiled"),
};
