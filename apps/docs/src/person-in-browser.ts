import { chmod } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { ProgramFolder } from "./program-folder.ts";

/** What opens an address in the user's browser on this system. */
const opener = { darwin: "open" }[process.platform as string] ?? "xdg-open";

/** A person in a browser: sends the page's form, and goes where it leads. */
const person = `#!${process.execPath}
void fetch(process.argv[2], { method: "POST", body: new URLSearchParams({ user_id: process.env.ZERODHA_USER_ID }) });
`;

export interface PersonInBrowser {
  /** The program, with the redirect address of this app in it. */
  readonly program: string;
  /** For `run`, so that the program finds this browser. */
  readonly env: Readonly<Record<string, string>>;
}

/** Puts a person in a browser into the folder, who logs in at Zerodha's page whenever the program opens it. */
export async function sendPerson(folder: ProgramFolder, program = ""): Promise<PersonInBrowser> {
  const redirectUrl = await freeAddress();
  folder.sandbox.zerodha.setRedirectUrl("main", redirectUrl);
  await folder.write({ [`bin/${opener}`]: person });
  await chmod(join(folder.path, "bin", opener), 0o755);
  return {
    program: program.replace("openInBrowser()", `openInBrowser({ redirectUrl: "${redirectUrl}" })`),
    env: { PATH: join(folder.path, "bin") },
  };
}

/** A loopback address on which nothing listens. */
async function freeAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/callback`;
}
