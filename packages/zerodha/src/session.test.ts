import { expect, it } from "vitest";
import { mintSession } from "./session.ts";
import { accessToken, account, scripted } from "./testing/test-environment.ts";

const cutoff = Date.UTC(2031, 2, 4, 0, 30);

it("a session's end counts from the moment before the request left", () => {
  const { context } = scripted();
  const session = mintSession({ accessToken, userId: account.userId }, cutoff - 1, context);
  expect(session).toMatchObject({ issuedAt: cutoff - 1, expiresAt: cutoff, deviceId: context.deviceId });
});
