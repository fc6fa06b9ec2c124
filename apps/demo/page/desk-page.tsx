import { useRef } from "react";
import type { HappeningKind } from "../src/desk/desk-view.ts";
import { AccountCard } from "./account-card.tsx";
import { ConfigurationEditor } from "./configuration-editor.tsx";
import { DeskHeader, StandingBar } from "./desk-header.tsx";
import { SandboxPanel } from "./sandbox-panel.tsx";
import { StrategyPanel } from "./strategy-panel.tsx";
import { Timeline } from "./timeline.tsx";
import { DeskContext, useDesk, useDeskStream } from "./use-desk.ts";

/** The whole page. */
export function DeskPage() {
  const desk = useDeskStream();
  return (
    <DeskContext value={desk}>
      <a className="skip" href="#accounts">
        Skip to the accounts
      </a>
      {desk === undefined ? (
        <p className="waiting">The desk is opening …</p>
      ) : (
        <div className="desk" data-sandbox={desk.sandbox !== undefined}>
          <DeskHeader />
          <StandingBar />
          <main>
            <section className="accounts" aria-labelledby="accounts">
              <h2 id="accounts" className="unseen" tabIndex={-1}>
                Accounts
              </h2>
              {desk.accounts.map((account) => (
                <AccountCard key={account.name} account={account} />
              ))}
            </section>
            <Timeline />
            {desk.sandbox !== undefined && <SandboxPanel sandbox={desk.sandbox} />}
            <StrategyPanel />
            <ConfigurationEditor />
          </main>
          <Announcer />
        </div>
      )}
    </DeskContext>
  );
}

const unspoken: readonly HappeningKind[] = ["adopted", "process", "scenario"];

/** Reads the newest event out. Those that come with every second, or are told elsewhere, are left out. */
function Announcer() {
  const { happenings } = useDesk();
  // What was there before the page was opened is no news.
  const first = useRef(happenings.at(-1)?.id ?? 0);
  const news = happenings.findLast(({ id, kind }) => id > first.current && !unspoken.includes(kind));
  return (
    <p className="unseen" role="status">
      {news !== undefined && `${news.account ?? "Desk"}: ${news.text}`}
    </p>
  );
}
