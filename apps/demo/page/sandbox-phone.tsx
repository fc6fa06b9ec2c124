import type { PhoneView } from "../src/desk/desk-view.ts";
import { Icon } from "./icon.tsx";
import { timeOf } from "./india-time.ts";

/** The sandbox's stand-in for the account holder's phone. At a real broker the message comes to a real one. */
export function SandboxPhone({ phone: { account, messages } }: { phone: PhoneView }) {
  return (
    <section className="phone" aria-labelledby={`phone-${account}`}>
      <h4 id={`phone-${account}`}>
        <Icon name="phone" /> The sandbox’s phone of {account}
      </h4>
      <div role="log" aria-label={`Messages on the sandbox’s phone of ${account}`}>
        {messages.slice(-2).map(({ at, text }) => (
          <p key={at} className="message">
            <time className="figure">{timeOf(at)}</time>
            {text}
          </p>
        ))}
      </div>
    </section>
  );
}
