import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AccountInput, readAccount } from "./account-input.ts";
import { accountShape } from "./account-shape.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { mpinDigits, plainText } from "./plain-text.ts";
import { Secret } from "../contract/secret.ts";

const seed = 20310303;

const baseUrls = { production: "https://api.example.com", uat: "https://uat.example.com", sandbox: undefined };

function read(fields: Readonly<Record<string, unknown>>): AccountInput {
  return readAccount(
    { phone: "9000000001", ...fields },
    accountShape(
      { broker: "toy", title: "Toy", baseUrls },
      {
        phone: { description: "Mobile number.", required: true },
        mpin: { description: "MPIN." },
        totpSecret: { description: "TOTP secret." },
        note: { description: "Anything." },
      },
    ),
  );
}

function refusal(act: () => unknown): BrokerAuthError {
  try {
    act();
  } catch (error) {
    if (error instanceof BrokerAuthError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

/** What people, files and shells put around a value. */
const dress = fc.constantFrom(
  (text: string) => text,
  (text: string) => ` ${text}\n`,
  (text: string) => `"${text}"`,
  (text: string) => `'${text}'`,
  (text: string) => ` "'${text}'" `,
  (text: string) => `“${text}”`,
  (text: string) => `\u202a${text}\u202c`,
  (text: string) => `\ufeff${text}`,
);
/** What they put between digits. */
const gap = fc.constantFrom("", " ", "-", "\u00a0", "\u2011", " - ", "\u200b");

describe("a value", () => {
  it("is the same in every dress, wrapped or not", () => {
    fc.assert(
      fc.property(dress, fc.boolean(), (dressed, wrapped) => {
        const given = dressed("some value");
        expect(read({ note: wrapped ? new Secret(given) : given }).text("note")).toBe("some value");
      }),
      { seed },
    );
  });

  it.each(['"', "'", '"half', "half'", `one' and "two`, "it's"])(
    "keeps quotes that are no pair around it: %s",
    (given) => {
      expect(plainText(given)).toBe(given);
    },
  );

  it.each(["", " ", '""', "' '", "\u200b", null, new Secret("")])(
    "that is empty is told so, and not about zeros: %j",
    (given) => {
      expect(refusal(() => read({ mpin: given }))).toMatchObject({
        code: "configuration",
        broker: "toy",
        field: "mpin",
        message: "mpin: is empty; give it, or leave it out",
      });
      expect(refusal(() => read({ phone: given })).message).toBe("phone: is empty; give the mobile number");
    },
  );

  it("that is required and missing says what to give", () => {
    expect(refusal(() => read({ phone: undefined }).text("phone")).message).toBe(
      "phone: is missing; give the mobile number",
    );
    expect(read({}).text("note")).toBeUndefined();
  });

  it("that came as a number is told that zeros are lost; another type is told to be text", () => {
    expect(refusal(() => read({ mpin: 1357 }).mpin("mpin")).message).toBe(
      "mpin: must be text; put digits in quotes, so that no zero is lost",
    );
    expect(refusal(() => read({ mpin: ["1357"] }).mpin("mpin")).message).toBe("mpin: must be text");
  });
});

describe("a mobile number", () => {
  it("is ten digits, however they are spelt", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("", "+91", "91", "0", "0091"),
        fc.stringMatching(/^\d{10}$/),
        dress,
        fc.array(gap, { minLength: 16, maxLength: 16 }),
        (prefix, digits, dressed, gaps) => {
          const spelt = Array.from(`${prefix}${digits}`, (character, at) => `${character}${gaps[at] ?? ""}`).join("");
          expect(read({ phone: dressed(spelt) }).mobileNumber("phone")).toBe(digits);
        },
      ),
      { seed },
    );
  });

  it.each([
    "900000000",
    "90000000011",
    "009000000001",
    "+009000000001",
    "+449000000001",
    "91919000000001",
    "9000000oo1",
    "９００００００００１",
    "(90000)00001",
  ])("is refused without being shown: %s", (phone) => {
    const error = refusal(() => read({ phone }).mobileNumber("phone"));
    expect(error.message).toBe(
      "phone: must be ten digits; spaces, dashes, quotes and one leading +91, 91 or 0 are forgiven",
    );
    expect(JSON.stringify(error)).not.toContain(phone);
  });
});

describe("an MPIN", () => {
  it("is four to six digits, configured and typed by one rule, zeros kept", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^\d{4,6}$/),
        dress,
        fc.array(gap, { minLength: 6, maxLength: 6 }),
        (digits, dressed, gaps) => {
          const spelt = dressed(Array.from(digits, (character, at) => `${character}${gaps[at] ?? ""}`).join(""));
          expect(read({ mpin: spelt }).mpin("mpin")?.reveal()).toBe(digits);
          expect(mpinDigits(spelt)).toBe(digits);
        },
      ),
      { seed },
    );
  });

  it.each(["123", "1234567", "12a4", "１３５７", "+1357"])("is refused without being shown: %s", (mpin) => {
    const error = refusal(() => read({ mpin }).mpin("mpin"));
    expect(error.message).toBe("mpin: must be 4 to 6 digits");
    expect(mpinDigits(mpin)).toBeUndefined();
  });

  it.each([undefined, null, 1357, ["1357"]])("that was typed as %j is none", (typed) => {
    expect(mpinDigits(typed)).toBeUndefined();
  });
});

describe("an environment", () => {
  it.each(["production", '"production"', " Production ", "'PRODUCTION'", undefined])(
    "is production for %j",
    (environment) => {
      expect(read({ environment }).place().environment).toBe("production");
    },
  );
});

describe("a secret that must be there", () => {
  it("is looked at in its normal form", () => {
    expect(ofCode(" 'no ab12' ")).toBe("AB12");
    expect(refusal(() => ofCode("12")).message).toBe("phone: must be two letters and digits");
  });

  it("is empty where nothing of it is left", () => {
    expect(refusal(() => ofCode("no")).message).toBe("phone: is empty; give the mobile number");
  });
});

function ofCode(phone: string): string {
  return read({ phone })
    .given("phone", /^[A-Z]{2}\d+$/, "two letters and digits", normalCode)
    .reveal();
}

function normalCode(text: string): string {
  return text.toUpperCase().replace(/^NO ?/, "");
}

describe("the place of an account", () => {
  it("is the broker's own address in the first environment unless another one is named", () => {
    expect(read({}).place()).toEqual({
      environment: "production",
      baseUrl: "https://api.example.com",
      isReplaced: false,
    });
    expect(read({ environment: "UAT" }).place()).toMatchObject({
      environment: "uat",
      baseUrl: "https://uat.example.com",
    });
    expect(refusal(() => read({ environment: "live" }).place()).message).toBe(
      'environment: must be "production", "uat" or "sandbox"',
    );
  });

  it.each([
    "https://other.example.com",
    '"https://other.example.com/"',
    " HTTPS://OTHER.example.com:443 ",
    "'https://other.example.com//'",
  ])("is replaced by the origin of %s", (baseUrl) => {
    const place = { environment: "production", baseUrl: "https://other.example.com", isReplaced: true };
    expect(read({ baseUrl }).place()).toEqual(place);
  });

  it("is not replaced by the broker's own address", () => {
    expect(read({ baseUrl: "https://api.example.com/" }).place().isReplaced).toBe(false);
  });

  it("needs an address in the sandbox, on loopback, and nowhere else", () => {
    const sandbox = { environment: "sandbox" };
    expect(refusal(() => read(sandbox).place()).message).toBe(
      "baseUrl: is missing; the sandbox environment needs the sandbox's own address",
    );
    expect(read({ ...sandbox, baseUrl: "http://127.0.0.1:8080" }).place().baseUrl).toBe("http://127.0.0.1:8080");
    for (const account of [{ ...sandbox, baseUrl: baseUrls.production }, { baseUrl: "http://127.0.0.1:8080" }])
      expect(refusal(() => read(account).place())).toMatchObject({ field: "baseUrl" });
    expect(refusal(() => read({ baseUrl: '"api.example.com"' }).place()).message).toBe(
      "baseUrl: is not an address such as https://host",
    );
  });
});

function totpCode(): string {
  return "012345";
}

describe("a TOTP source", () => {
  const totpSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

  it("is the secret or the function, and never both", () => {
    expect((read({ totpSecret: `"${totpSecret}"` }).totp() as Secret).reveal()).toBe(totpSecret);
    expect(read({ totpCode }).totp()).toBe(totpCode);
    expect(read({}).totp()).toBeUndefined();
    expect(refusal(() => read({ totpCode, totpSecret }).totp()).message).toBe(
      "totpCode: cannot be given together with totpSecret; give one of the two",
    );
    expect(refusal(() => read({ totpCode: "012345" }).totp()).message).toBe(
      "totpCode: must be a function that gives the current six digits",
    );
  });
});

describe("a field", () => {
  it("that is not known is named, with those that are", () => {
    expect(refusal(() => read({ pin: "1357" }))).toMatchObject({
      field: "pin",
      message:
        "pin: is not a field of a Toy account; there are phone, mpin, totpSecret, note, environment, baseUrl, totpCode",
    });
  });

  it.each(["9000000001", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "jbswy3dpehpk3pxp", "a b", "x".repeat(40), ""])(
    "that may be a value in the wrong place is not shown: %s",
    (name) => {
      const error = refusal(() => read({ [name]: "1357" }));
      expect(error.field).toBe("account");
      expect(error.message).toMatch(/^account: has a field that no Toy account has; there are phone/);
    },
  );

  it.each([undefined, null, "9000000001", [[]], 5])("list is no account: %j", (input) => {
    const shape = accountShape(
      { broker: "toy", title: "Toy", baseUrls },
      { a: { description: "A.", required: true }, b: { description: "B.", required: true } },
    );
    expect(refusal(() => readAccount(input, shape)).message).toBe("account: must be an object with a and b");
  });
});
