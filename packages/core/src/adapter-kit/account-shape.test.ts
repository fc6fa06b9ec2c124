import { expect, it } from "vitest";
import { accountShape } from "./account-shape.ts";

const toy = {
  broker: "toy-broker",
  title: "Toy Broker",
  baseUrls: { production: "https://api.example.com", uat: "https://uat.example.com", sandbox: undefined },
} as const;

it("a field is a secret with a variable of its own, and the names of the broker's own SDK come after it", () => {
  const { fields } = accountShape(toy, {
    totpSecret: { description: "TOTP secret." },
    phone: { description: "Mobile number.", required: true, sdkNames: ["PHONE_NO"] },
  });
  expect(fields.totpSecret).toEqual({
    description: "TOTP secret.",
    secret: true,
    required: false,
    env: ["TOY_BROKER_TOTP_SECRET"],
  });
  expect(fields.phone).toMatchObject({ required: true, env: ["TOY_BROKER_PHONE", "PHONE_NO"] });
});

it("every account has an environment and an address, and no variable sets the address", () => {
  const { fields, required } = accountShape(toy, {});
  expect(fields.environment).toEqual({
    description: "production (default), uat, or sandbox for a loopback baseUrl.",
    secret: false,
    required: false,
    env: ["TOY_BROKER_ENVIRONMENT"],
    values: ["production", "uat", "sandbox"],
  });
  expect(fields.baseUrl).toEqual({
    description: "Address in place of Toy Broker's own: https, or http on loopback in the sandbox.",
    secret: false,
    required: false,
    env: false,
  });
  expect(required).toEqual({});
});
