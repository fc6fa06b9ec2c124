import { useRef } from "react";
import type { DeskView, Happening } from "../src/desk/desk-view.ts";
import { AccountCard } from "./account-card.tsx";
import { ConfigurationEditor } from "./configuration-editor.tsx";
import { DeskHeader } from "./desk-header.tsx";
import { SandboxPanel } from "./sandbox-panel.tsx";
import { StandingBar } from "./standing-bar.tsx";
import { StrategyPanel } from "./strategy-panel.tsx";
import { Timeline } from "./timeline.tsx";
import { useDesk, useNow } from "./use-desk.ts";

/** The whole page. */
export function DeskPage() {
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

function OpenDesk({ view, connected }: { view: DeskView; connected: boolean }) {
  const now = useNow(view.now);
  const { accounts, strategy, market, sandbox } = view;
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
        <Timeline view={view} now={now} />
        {sandbox !== undefined && (
          <SandboxPanel skewMs={sandbox.skewMs} scenarios={view.scenarios ?? []} accounts={accounts} now={now} />
        )}
        <StrategyPanel strategy={strategy} phase={market.phase} />
        <ConfigurationEditor configuration={view.configuration} accounts={accounts} />
      </main>
      <Announcer happenings={view.happenings} />
    </div>
  );
}

const unspoken: readonly Happening["kind"][] = ["adopted", "process", "scenario"];

/** Reads the newest event out. Those that come with every second, or are told elsewhere, are left out. */
function Announcer({ happenings }: { happenings: readonly Happening[] }) {
  // What was there before the page was opened is no news.
  const first = useRef(happenings.at(-1)?.id ?? 0);
  const news = happenings.findLast(({ id, kind }) => id > first.current && !unspoken.includes(kind));
  return (
    <p className="unseen" role="status">
      {news !== undefined && `${news.account ?? "Desk"}: ${news.text}`}
    </p>
  );
}
