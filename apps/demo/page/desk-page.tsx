import { type ReactElement, useRef } from "react";
import type { DeskView } from "../src/desk/desk-view.ts";
import { AccountCard } from "./account-card.tsx";
import { ConfigurationEditor } from "./configuration-editor.tsx";
import { DeskHeader } from "./desk-header.tsx";
import { RequestLog } from "./request-log.tsx";
import { SandboxPanel } from "./sandbox-panel.tsx";
import { StandingBar } from "./standing-bar.tsx";
import { StrategyPanel } from "./strategy-panel.tsx";
import { Timeline } from "./timeline.tsx";
import { useDesk } from "./use-desk.ts";
import { useNow } from "./use-now.ts";

/** The whole page. */
export function DeskPage(): ReactElement {
  const { view, connected } = useDesk();
  return (
    <>
      <a className="skip" href="#accounts">
        Skip to the accounts
      </a>
      {view === undefined ? (
        <p className="waiting">The desk is opening …</p>
      ) : (
        <OpenDesk view={view} connected={connected} />
      )}
    </>
  );
}

function OpenDesk({ view, connected }: { readonly view: DeskView; readonly connected: boolean }): ReactElement {
  const now = useNow(view.now);
  const { accounts, market, spans, happenings, strategy, requests, configuration, sandbox } = view;
  return (
    <div className="desk" data-sandbox={sandbox !== undefined}>
      <DeskHeader view={view} now={now} />
      <StandingBar view={view} now={now} connected={connected} />
      <main>
        <section className="accounts" aria-labelledby="accounts">
          <h2 id="accounts" className="unseen" tabIndex={-1}>
            Accounts
          </h2>
          {accounts.map((account) => (
            <AccountCard
              key={account.name}
              account={account}
              now={now}
              logins={sandbox?.logins[account.name]}
              phone={sandbox?.phones.find((phone) => phone.account === account.name)}
            />
          ))}
        </section>
        <Timeline now={now} market={market} accounts={accounts} spans={spans} happenings={happenings} />
        {sandbox === undefined ? null : <SandboxPanel sandbox={sandbox} now={now} />}
        <StrategyPanel strategy={strategy} market={market} />
        <ConfigurationEditor configuration={configuration} />
        <RequestLog requests={requests} />
      </main>
      <Announcer view={view} />
    </div>
  );
}

const spoken = new Set([
  "session",
  "ended",
  "failed",
  "recovered",
  "warning",
  "challenge",
  "unlocked",
  "configuration",
  "clock",
]);

/** Reads the newest event out. Those that come with every second are left out. */
function Announcer({ view: { happenings } }: { readonly view: DeskView }): ReactElement {
  // What was there before the page was opened is no news.
  const first = useRef(happenings.at(-1)?.id ?? 0);
  const news = happenings.findLast(({ id, kind }) => id > first.current && spoken.has(kind));
  return (
    <p className="unseen" role="status">
      {news === undefined ? "" : `${news.account ?? "Desk"}: ${news.text}`}
    </p>
  );
}
