import type { ReactElement } from "react";
import type { RequestView } from "../src/desk/desk-view.ts";
import { brokerName } from "./broker-name.ts";
import { Icon, type IconName } from "./icon.tsx";
import { timeOf } from "./india-time.ts";

interface Reading {
  readonly icon: IconName;
  readonly tone: string;
  readonly word: string;
  readonly meaning: string;
}

/** Every request that left, and what its answer was taken to say about the session. */
export function RequestLog({ requests }: { readonly requests: readonly RequestView[] }): ReactElement {
  return (
    <section className="panel" aria-labelledby="requests">
      <header className="panel-head">
        <h2 id="requests">Request log</h2>
        <p className="hint">What each answer says about the session. Only “dead” ends one.</p>
      </header>
      <div className="scroll tall" tabIndex={0} role="region" aria-label="Requests, newest first">
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Process</th>
              <th scope="col">Account</th>
              <th scope="col">Request</th>
              <th scope="col" className="number">
                Status
              </th>
              <th scope="col">Verdict</th>
            </tr>
          </thead>
          <tbody>
            {requests.map((request) => {
              const { who, run, number, at, broker, account, method, path, status } = request;
              const { icon, tone, word, meaning } = readingOf(request);
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
    </section>
  );
}

// Neither needs a session, and neither is a step of a login: the answer's date is what is wanted, or the address that the broker sees.
const questions: readonly { readonly path: RegExp; readonly word: string; readonly meaning: string }[] = [
  {
    path: /^\/$/,
    word: "clock question",
    meaning: "Asked for the date in the answer; that it is refused is no matter.",
  },
  {
    path: /\/get-client-ip$/,
    word: "clock or address question",
    meaning: "Asked for the date in the answer, or for the address that the broker sees.",
  },
  { path: /^\/ipaddress\/validate$/, word: "address question", meaning: "Asked which address the broker sees." },
];

function readingOf({ verdict, code, status, path }: RequestView): Reading {
  const question = questions.find((one) => one.path.test(path));
  if (verdict === undefined && status !== undefined && question !== undefined)
    return { icon: "question", tone: "quiet", word: question.word, meaning: question.meaning };
  if (verdict === undefined)
    return status === undefined
      ? {
          icon: "trouble",
          tone: "warn",
          word: "no answer",
          meaning: "No answer came. That says nothing about the session.",
        }
      : {
          icon: "step",
          tone: "quiet",
          word: "login step",
          meaning: "Part of a login or a probe: there is no session yet that it could be about.",
        };
  switch (verdict) {
    case "alive":
      return {
        icon: "live",
        tone: "good",
        word: "alive",
        meaning: "Nothing in the answer speaks against the session.",
      };
    case "dead":
      return { icon: "cross", tone: "bad", word: "dead", meaning: "The session has ended." };
    case "suspect":
      return { icon: "question", tone: "warn", word: "suspect", meaning: "One probe, shared by all callers, decides." };
    case "refused":
      return {
        icon: "refused",
        tone: "warn",
        word: code ?? "refused",
        meaning: "Refused for a reason that is not the session.",
      };
  }
}
