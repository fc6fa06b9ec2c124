import { useEffect, useState } from "react";
import { Button } from "./button.tsx";
import { post, Failure, useAction } from "./desk-action.tsx";

/** Sets up logins without a person. The picture is asked for once and is kept nowhere but on the screen. */
export function EnrolmentForm({ path, account, close }: { path: string; account: string; close: () => void }) {
  const [id, setId] = useState("");
  const [picture, setPicture] = useState<string>();
  const [line, setLine] = useState<string>();
  const { busy, failure, run } = useAction();
  // The picture goes with the form.
  useEffect(() => () => (picture === undefined ? undefined : URL.revokeObjectURL(picture)), [picture]);

  const show = async (): Promise<void> => {
    const result = await run(post<{ readonly id: string; readonly picture: string }>(`${path}/enrolment`));
    if (!result.ok) return;
    setId(result.answer.id);
    setPicture(URL.createObjectURL(new Blob([result.answer.picture], { type: "image/svg+xml" })));
  };
  const confirm = async (): Promise<void> => {
    const result = await run(post<{ readonly line: string }>(`${path}/enrolment/confirm`, { enrolment: id }));
    setPicture(undefined);
    if (result.ok) setLine(result.answer.line);
  };
  const leave = (): void => {
    if (picture !== undefined) void post(`${path}/enrolment/cancel`, { enrolment: id });
    close();
  };

  return (
    <div className="form">
      {line !== undefined ? (
        <>
          <p>TOTP is on. The configuration has this line, and {account} logs in without you from now on:</p>
          <p>
            <code className="line">{line}</code>
          </p>
        </>
      ) : picture === undefined ? (
        <p>
          The broker makes a secret. The desk keeps it and shows it here once, as a picture for the authenticator app on
          your phone.
        </p>
      ) : (
        <>
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
        </>
      )}
      <Failure of={failure} />
      <div className="actions">
        {line === undefined && (
          <Button
            key={String(picture === undefined)}
            className="primary"
            busy={busy}
            onClick={() => void (picture === undefined ? show() : confirm())}
            autoFocus
          >
            {picture === undefined ? "Make the secret" : "Turn TOTP on"}
          </Button>
        )}
        <Button className="plain" onClick={leave}>
          {line === undefined ? "Not now" : "Done"}
        </Button>
      </div>
    </div>
  );
}
