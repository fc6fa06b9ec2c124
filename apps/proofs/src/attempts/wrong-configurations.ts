import type { TestAccountName, TestEngineChanges } from "@x/test-environment";
import { oneOf } from "../harness/sample.ts";

/** All ways to have one field or several of an account wrong. Another `edition`, from 1 to 50, has other wrong values. */
export function wrongConfigurations(name: TestAccountName, edition: number): readonly TestEngineChanges[] {
  const two = String(edition).padStart(2, "0");
  const letters = two.replaceAll(/\d/g, (digit) => "ABCDEFGHIJ".charAt(Number(digit)));
  const totpSecret = `MZXW6YTBOI7${letters.repeat(10)}A`;
  const fields =
    name === "main"
      ? [{ totpSecret }, { mpin: `86${two}` }]
      : [
          { accessToken: `00000000-0000-4000-8000-0000000000${two}` },
          { mobileNumber: `+9198888888${two}` },
          { ucc: `ZZ9${two}` },
          { totpSecret },
          { mpin: `8642${two}` },
        ];
  return Array.from({ length: 2 ** fields.length - 1 }, (_, index) => {
    const chosen = fields.filter((_field, place) => (((index + 1) >> place) & 1) === 1);
    return { [name]: Object.assign({}, ...chosen) as object };
  });
}

/** As many of them as there are programs, each in an edition of its own. */
export function differentlyWrong(
  name: TestAccountName,
  programs: number,
  random: () => number,
): readonly TestEngineChanges[] {
  return Array.from({ length: programs }, (_, edition) => oneOf(ofThisAccount(name, edition + 1), random));
}

/** Without those that are another account's: a client code is part of what an account is. */
export function ofThisAccount(name: TestAccountName, edition: number): readonly TestEngineChanges[] {
  return wrongConfigurations(name, edition).filter(({ hedge }) => hedge?.ucc === undefined);
}
