import { useEffect, useState } from "react";
import { Button } from "./button.tsx";
import { CardForm } from "./card-form.tsx";
import { useAction } from "./desk-action.tsx";

/** Sets up logins without a person. The picture is asked for once and is kept nowhere but on the screen. */
export function EnrolmentForm({ path, account, close }: { path: string; account: string; close: () => void }) {
  const [id, setId] = useState("");
  const [picture, setPicture] = useState<string>();
  const [line, setLine] = useState<string>();
  const { busy, failure, run } = useAction();
  // The picture goes with the form.
  useEffect(() => () => (picture === undefined ? undefined : URL.revokeObjectURL(picture)), [picture]);

  const show = async (): Promise<void> => {
    const made = await run<{ readonly id: string; readonly picture: string }>(`${path}/enrolment`);
    if (made === undefined) return;
    setId(made.id);
    setPicture(URL.createObjectURL(new Blob([made.picture], { type: "image/svg+xml" })));
  };
  const confirm = async (): Promise<void> => {
    const answer = await run<{ readonly line: string }>(`${path}/enrolment/confirm`, { enrolment: id });
    setPicture(undefined);
    setLine(answer?.line);
  };
  const leave = (): void => {
    if (picture !== undefined) void run(`${path}/enrolment/cancel`, { enrolment: id });
    close();
  };
  if (line !== undefined)
    return (
      <CardForm leave="Done" close={close}>
        <p>TOTP is on. The configuration has this line, and {account} logs in without you from now on:</p>
        <p>
          <code className="line">{line}</code>
        </p>
      </CardForm>
    );
  const next = (text: string, work: () => Promise<void>) => (
    <Button key={text} className="primary" busy={busy} onClick={() => void work()} autoFocus>
      {text}
    </Button>
  );
  if (picture === undefined)
    return (
      <CardForm failure={failure} actions={next("Make the secret", show)} close={leave}>
        <p>
          The broker makes a secret. The desk keeps it and shows it here once, as a picture for the authenticator app on
          your phone.
        </p>
      </CardForm>
    );
  return (
    <CardForm failure={failure} actions={next("Turn TOTP on", confirm)} close={leave}>
      <img
        className="qr"
        src={picture}
        alt={`QR code with the new TOTP secret of ${account}`}
        width={180}
        height={180}
      />
      <p className="hint">
        Scan it if you want the codes on your phone too. The desk keeps the secret, so scanning is not necessary.
      </p>
    </CardForm>
  );
}
