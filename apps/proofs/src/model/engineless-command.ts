import { createHash } from "node:crypto";
import type { StoredRecord, TokenStore } from "@x/core";
import { storedSession } from "@x/core/stored-session";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";

/**
 * What a command that is started for one answer takes from the store; undefined where it has to ask an engine.
 * @param now the time of the host @param known its notes of the records that it has checked
 */
export function enginelessSession(
  store: TokenStore,
  now: () => number,
  known: Set<string>,
  account: never,
): Promise<{ readonly generation: number; readonly expiresAt: number } | undefined> {
  return storedSession({
    brokers: [nubra(), kotakNeo()],
    accounts: { it: account },
    account: "it",
    store,
    sha256: (text) => createHash("sha256").update(text).digest("hex"),
    now,
    checked: { has: (record) => known.has(noteOf(record)), keep: (record) => void known.add(noteOf(record)) },
  });
}

function noteOf({ revision, header, body }: StoredRecord): string {
  return JSON.stringify([revision, header, new TextDecoder().decode(body)]);
}
