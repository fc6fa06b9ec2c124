import type { CredentialField } from "../contract/credential-field.ts";

/** What an adapter says of its accounts, so that one can be configured and read. {@link accountShape} makes it. */
export interface AccountShape<Field extends string = string, Environment extends string = string> {
  /** The broker's id, for errors. */
  readonly broker: string;
  /** The broker as messages name it, such as "Kotak Neo". */
  readonly title: string;
  /** The broker's address in each environment, the default first; the sandbox has none. */
  readonly baseUrls: Readonly<Record<Environment, string | undefined>>;
  /** The field that replaces the broker's address. */
  readonly addressField: Field;
  /** What a configuration file can hold. A `totpSecret` has `totpCode` beside it: a function, which code alone can give. */
  readonly fields: Readonly<Record<Field, CredentialField>>;
  /** Field to what has to be given there; it ends the message of a missing or empty one. */
  readonly required: Readonly<Record<string, string>>;
}

/** What is the broker's own about a field. The rest of its {@link CredentialField} follows. */
export interface FieldForm {
  /** What it is and in which form, such as "Client code, such as A123456.": for documentation, and for the message where it is missing. */
  readonly description: string;
  /** Whether it must be given. Default: it may be left out. */
  readonly required?: true;
  /** The names by which the broker's own SDK calls its variable. Ours comes first: `NUBRA_TOTP_SECRET` for Nubra's `totpSecret`. */
  readonly sdkNames?: readonly string[];
}

/** A TOTP secret, for every broker that has one. */
export const totpSecretForm: FieldForm = {
  description: "Base32 secret of the TOTP registration, for logins without a person.",
};

/** The mobile number that an account is registered with. */
export const mobileNumberForm: FieldForm = {
  description: "Registered mobile number: ten digits, with or without +91, as text.",
  required: true,
};

/** An MPIN that may be left out. */
export const mpinForm: FieldForm = {
  description: "MPIN: 4 to 6 digits, as text.",
};

/**
 * The fields of an adapter's account. Each is a secret with a variable of its own. `environment` and the field that replaces the broker's address
 * are added: every broker has them, and no variable may set the address.
 */
export function accountShape<Field extends string, Environment extends string, Address extends string = "baseUrl">(
  broker: Pick<AccountShape, "broker" | "title"> & {
    readonly baseUrls: Readonly<Record<Environment, string | undefined>>;
    /** The field that replaces the broker's address. Default `baseUrl`. */
    readonly addressField?: Address;
  },
  forms: Readonly<Record<Field, FieldForm>>,
): AccountShape<Field | Address | "environment", Environment> {
  const { title, baseUrls, addressField = "baseUrl" as Address } = broker;
  const entries = Object.entries<FieldForm>(forms);
  const variable = (field: string): string =>
    `${broker.broker}_${field.replaceAll(/[A-Z]/g, "_$&")}`.toUpperCase().replaceAll("-", "_");
  const values = Object.keys(baseUrls);
  const fields: Readonly<Record<string, CredentialField>> = {
    ...Object.fromEntries(
      entries.map(([field, { description, required = false, sdkNames = [] }]) => [
        field,
        { description, secret: true, required, env: [variable(field), ...sdkNames] },
      ]),
    ),
    environment: {
      description: `${values.slice(0, -1).join(", ").replace(/^\w+/, "$& (default)")}, or sandbox for a loopback ${addressField}.`,
      secret: false,
      required: false,
      env: [variable("environment")],
      values,
    },
    [addressField]: {
      description: `Address in place of ${title}'s own: https, or http on loopback in the sandbox.`,
      secret: false,
      required: false,
      env: false,
    },
  };
  return {
    ...broker,
    addressField,
    fields,
    required: Object.fromEntries(
      entries
        .filter(([, { required }]) => required)
        .map(([field, { description }]) => [field, inSentence(description)]),
    ),
  };
}

// The first sentence of a description as the end of another; "API key" keeps its letters.
function inSentence(description: string): string {
  return `the ${description.replace(/^[A-Z](?![A-Z])/, (first) => first.toLowerCase()).replace(/\.(?: .*)?$/, "")}`;
}
