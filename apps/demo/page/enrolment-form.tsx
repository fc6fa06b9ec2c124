import { type ReactElement, useEffect, useState } from "react";
import { Button } from "./button.tsx";
import { post, postForPicture, refusalText, useAction } from "./desk-action.ts";

interface EnrolmentFormProps {
  readonly path: string;
  readonly account: string;
  readonly close: () => void;
}

/** Sets up logins without a person. The picture is asked for once and is kept nowhere but on the screen. */
export function EnrolmentForm({ path, account, close }: EnrolmentFormProps): ReactElement {
  const [id, setId] = useState("");
  const [picture, setPicture] = useState<string>();
  const [line, setLine] = useState<string>();
  const { busy, refusal, run } = useAction();
  // The picture goes with the form.
  useEffect(() => () => (picture === undefined ? undefined : URL.revokeObjectURL(picture)), [picture]);

  const show = async (): Promise<void> => {
    const result = await run(async () => postForPicture(`${path}/enrolment`));
    if (!result.ok) return;
    setId(result.answer.id);
    setPicture(URL.createObjectURL(result.answer.picture));
  };
  const confirm = async (): Promise<void> => {
    const result = await run(async () =>
      post<{ readonly line: string }>(`${path}/enrolment/confirm`, { enrolment: id }),
    );
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
      <p className="wrong" role="alert">
        {refusal === undefined ? "" : refusalText(refusal)}
      </p>
      <div className="actions">
        {line !== undefined ? null : picture === undefined ? (
          <Button className="primary" busy={busy} onClick={() => void show()} autoFocus>
            Make the secret
          </Button>
        ) : (
          <Button className="primary" busy={busy} onClick={() => void confirm()} autoFocus>
            Turn TOTP on
          </Button>
        )}
        <Button className="plain" onClick={leave}>
          {line === undefined ? "Not now" : "Done"}
        </Button>
      </div>
    </div>
  );
}
