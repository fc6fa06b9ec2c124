import type { RequestView } from "../src/desk/desk-view.ts";
import { brokerName } from "./account-state.ts";
import { Icon, type IconName } from "./icon.tsx";
import { timeOf } from "./india-time.ts";
import { Panel } from "./panel.tsx";

type Reading = readonly [icon: IconName, tone: string, word: string, meaning: string];

/** Every request that left, and what its answer was taken to say about the session. */
export function RequestLog({ requests }: { requests: readonly RequestView[] }) {
  const hint = <p className="hint">What each answer says about the session. Only “dead” ends one.</p>;
  return (
    <Panel id="requests" title="Request log" aside={hint}>
      <div className="scroll tall" tabIndex={0} role="region" aria-label="Requests, newest first">
        <table>
          <thead>
            <tr>
              {["Time", "Process", "Account", "Request", "Status", "Verdict"].map((name) => (
                <th key={name} scope="col" className={name === "Status" ? "number" : undefined}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {requests.map((request) => {
              const { who, run, number, at, broker, account, method, path, status } = request;
              const [icon, tone, word, meaning] = readingOf(request);
              return (
                <tr key={`${who} ${run} ${number}`}>
                  <td className="figure">{timeOf(at)}</td>
                  <td>{who}</td>
                  <td>{account ?? <span className="hint">none, at {brokerName(broker)}</span>}</td>
                  <td>
                    <code>
                      {method} {path}
                    </code>
                  </td>
                  <td className="number figure">{status ?? "–"}</td>
                  <td className="verdict" data-tone={tone} title={meaning}>
                    <Icon name={icon} /> {word}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

// Neither needs a session, and neither is a step of a login: the answer's date is what is wanted, or the address that the broker sees.
const questions: readonly (readonly [path: RegExp, word: string, meaning: string])[] = [
  [/^\/$/, "clock question", "Asked for the date in the answer; that it is refused is no matter."],
  [
    /\/get-client-ip$/,
    "clock or address question",
    "Asked for the date in the answer, or for the address that the broker sees.",
  ],
  [/^\/ipaddress\/validate$/, "address question", "Asked which address the broker sees."],
];

function readingOf({ verdict, code, status, path }: RequestView): Reading {
  if (verdict === "alive") return ["live", "good", "alive", "Nothing in the answer speaks against the session."];
  if (verdict === "dead") return ["cross", "bad", "dead", "The session has ended."];
  if (verdict === "suspect") return ["question", "warn", "suspect", "One probe, shared by all callers, decides."];
  if (verdict === "refused")
    return ["refused", "warn", code ?? "refused", "Refused for a reason that is not the session."];
  if (status === undefined)
    return ["trouble", "warn", "no answer", "No answer came. That says nothing about the session."];
  const [, word, meaning] = questions.find(([asked]) => asked.test(path)) ?? [];
  if (word !== undefined && meaning !== undefined) return ["question", "quiet", word, meaning];
  return ["step", "quiet", "login step", "Part of a login or a probe: there is no session yet that it could be about."];
}
