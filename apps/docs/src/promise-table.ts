import { proofs } from "../../proofs/src/proofs.ts";
import { notice, table } from "./generated.ts";

/** The promises in words, as short as they can be said. */
const promises = {
  P1: "One login: at most one is under way for each account (and site) of a store, and everybody takes its result",
  P2: "A refused factor is never sent again; the broker's last two attempts belong to a person",
  P3: "A TOTP time step is used once",
  P4: "A late refusal never destroys a newer session",
  P5: "No surprise logins: not ahead of time, not for refusals that are not about the session, not against somebody else's",
  P6: "No secret or personal identifier in an error, log, event, printed object, address or store key",
  P7: "Credentials go to the broker and nowhere else",
  P8: "An answer that is not understood is never a login",
  P9: "A record in the store is whole: the old one or the new one",
  P10: "Expiry is the broker's, in IST, on any host time zone",
  P11: "An order is never sent twice, unless you say so; a read at most twice",
  P12: "No timers, files or network unless asked",
} as const;

/** The table of promises with the proofs that show each of them. */
function promiseTable(): string {
  const rows = Object.entries(promises).map(([promise, words]) => {
    const shown = proofs.filter((proof) => proof.promises.includes(promise));
    const links = shown.map(({ name }) => `[${name}](../apps/proofs/src/${name}/proof.ts)`);
    return [promise, words, links.join(", ") || "no proof yet"];
  });
  return table(["", "Promise", "Proofs"], rows);
}

const begin = notice("apps/proofs/src/proofs.ts by apps/docs/src/promise-table.ts");
const end = "<!-- End of what is made. -->";

/** `docs/security.md` with the table as it is today. */
export function withPromiseTable(page: string): string {
  const [before = "", rest = ""] = page.split(/<!-- Made from [^\n]*-->\n|^PROOFS$/m, 2);
  const after = rest.includes(end) ? rest.slice(rest.indexOf(end) + end.length) : rest;
  return `${before}${begin}\n\n${promiseTable()}\n\n${end}${after}`;
}
