import { spawn } from "node:child_process";
import { BrokerAuthError } from "@x/core";

/** The program of each system that opens an address in the user's browser, and what stands before the address. No shell sees it. */
const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [command: string, ...before: string[]]>>> = {
  darwin: ["open"],
  win32: ["rundll32.exe", "url.dll,FileProtocolHandler"],
};

/** Opens an address in the user's browser. @throws BrokerAuthError `configuration` where there is none, which names neither address nor cause */
export function openSystemBrowser(url: string): Promise<void> {
  const [command, ...before] = openers[process.platform] ?? ["xdg-open"];
  return new Promise((resolve, reject) => {
    const opener = spawn(command, [...before, url], { stdio: "ignore", detached: true, windowsHide: true });
    opener.on("error", () => reject(noBrowser(command)));
    opener.on("exit", (code) => (code === 0 ? resolve() : reject(noBrowser(command))));
    // Some openers stay as long as the browser does.
    opener.unref();
  });
}

function noBrowser(command: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `open: ${command} could not open the login page in a browser`, {
    field: "open",
    action:
      "Give a function of your own, such as openInBrowser({ open: (url) => console.log(url) }), and open what it gets.",
  });
}
